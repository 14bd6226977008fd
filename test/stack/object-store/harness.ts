import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'minio';
import { createObjectStore, type ObjectStore } from '../../../src/stack/embedded/object-store/server.js';
import {
  encodePath,
  encodeRfc3986,
  scopeText,
  signatureOf,
} from '../../../src/stack/embedded/object-store/signature/canonical.js';

export const ACCESS_KEY = 'test-access';
export const SECRET_KEY = 'test-secret-key';
export const REGION = 'us-east-1';
export const BUCKET = 'extensions';

/** A running object store in a folder of its own, with a client that holds the right key. */
export interface Running {
  readonly port: number;
  readonly dataDir: string;
  readonly client: Client;
  readonly faults: unknown[];
  /** Names of all files the store keeps, relative to its folder. */
  files(): Promise<string[]>;
  /** Ends the server and starts another on the same data. */
  reopen(): Promise<Running>;
  close(): Promise<void>;
}

export async function startStore(dataDir?: string): Promise<Running> {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'alga-s3-')));
  const faults: unknown[] = [];
  const store: ObjectStore = await createObjectStore({
    dataDir: folder,
    credentials: { accessKey: ACCESS_KEY, secretKey: SECRET_KEY },
    region: REGION,
    onFault: (_, error) => faults.push(error),
  });
  await store.ensureBucket(BUCKET);
  const port = await store.listen(0);
  return {
    port,
    dataDir: folder,
    client: clientFor(port),
    faults,
    files: async () =>
      (await readdir(folder, { recursive: true, withFileTypes: true }))
        .filter((f) => f.isFile())
        .map((f) => join(f.parentPath, f.name).slice(folder.length + 1)),
    reopen: async () => {
      await store.stop();
      return startStore(folder);
    },
    close: async () => {
      await store.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function clientFor(
  port: number,
  over: { accessKey?: string; secretKey?: string; region?: string | null } = {},
): Client {
  const region = over.region === undefined ? REGION : over.region;
  return new Client({
    endPoint: '127.0.0.1',
    port,
    useSSL: false,
    accessKey: over.accessKey ?? ACCESS_KEY,
    secretKey: over.secretKey ?? SECRET_KEY,
    ...(region === null ? {} : { region }),
  });
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
  /** Code of an XML error. */
  readonly code: string | undefined;
}

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: ReadonlyArray<readonly [string, string]>;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
  readonly payloadHash?: string;
  readonly accessKey?: string;
  readonly secretKey?: string;
  /** Time the request claims to be from. */
  readonly at?: Date;
  /** Headers put on after signing. */
  readonly unsigned?: Record<string, string>;
  /** Changes the signature on its way. */
  readonly tamper?: (signature: string) => string;
}

/** Sends a request signed in its header, byte by byte as given: no client library tidies it up. */
export async function sendSigned(port: number, raw: RawRequest): Promise<RawAnswer> {
  const timestamp = compactTime(raw.at ?? new Date());
  const scope = { date: timestamp.slice(0, 8), region: REGION };
  const payloadHash = raw.payloadHash ?? sha256(raw.body ?? '');
  const headers: Record<string, string> = {
    host: `127.0.0.1:${port}`,
    'x-amz-date': timestamp,
    'x-amz-content-sha256': payloadHash,
    ...raw.headers,
  };
  const parts = {
    method: raw.method,
    path: raw.path,
    query: raw.query ?? [],
    headers: Object.entries(headers),
    payloadHash,
    timestamp,
    scope,
  };
  const signature = (raw.tamper ?? ((s) => s))(signatureOf(parts, raw.secretKey ?? SECRET_KEY));
  const names = Object.keys(headers).sort().join(';');
  const credential = `${raw.accessKey ?? ACCESS_KEY}/${scopeText(scope)}`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`;
  return send(port, raw.method, target(raw), { ...headers, ...raw.unsigned, authorization }, raw.body);
}

/** Sends any request at all. */
export function send(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string>,
  body: string | Buffer = '',
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const length = { 'content-length': String(Buffer.byteLength(body)) };
    const request = httpRequest({
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: { ...length, ...headers },
      agent: false,
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const code = /<Error>.*?<Code>(\w+)</s.exec(text)?.[1];
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text, code });
      });
    });
    request.end(body);
  });
}

function target(raw: RawRequest): string {
  const query = (raw.query ?? []).map(([name, value]) => `${encodeRfc3986(name)}=${encodeRfc3986(value)}`);
  return encodePath(raw.path) + (query.length === 0 ? '' : `?${query.join('&')}`);
}

export function compactTime(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d+/g, '');
}

export function sha256(body: string | Buffer): string {
  return createHash('sha256').update(body).digest('hex');
}

/** The whole of a stream as text. */
export async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
