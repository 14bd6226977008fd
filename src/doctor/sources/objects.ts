import type { Readable } from 'node:stream';
import type { Client } from 'minio';
import { algaError, textOf } from '../../core/errors/alga-error.js';
import type { StoreConfig } from '../../stack/index.js';
import { isLoopback } from './database.js';

/** Why the store could not be used, as far as it can be told. */
export type StoreFault = 'unreachable' | 'credentials' | 'bucket' | 'clock' | 'other';

/** The store could not be used; `fault` says what kind of trouble it is. */
export class StoreFailure extends Error {
  readonly fault: StoreFault;
  constructor(fault: StoreFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** The object store, with everything that lies in the bucket. */
export interface Objects {
  readonly config: StoreConfig;
  /** Keys with their sizes. */
  readonly sizes: ReadonlyMap<string, number>;
  /** The bytes of an object; undefined for nothing. */
  read(key: string): Promise<Buffer | undefined>;
  /** The JSON of the bucket's policy; null for none. */
  policy(): Promise<string | null>;
  close(): void;
}

const MAX_KEYS = 20_000;
const MAX_OBJECT_BYTES = 256 * 1_048_576;

/** A client for a store on this machine. Throws DOCTOR_NOT_DEVELOPMENT for one elsewhere. */
export async function storeClient(config: StoreConfig): Promise<{ client: Client; close(): void }> {
  const address = new URL(config.endpoint);
  if (!isLoopback(address.hostname)) {
    throw algaError('DOCTOR_NOT_DEVELOPMENT', { what: `object store on ${address.hostname}` });
  }
  const [{ Client: S3 }, { Agent }] = await Promise.all([import('minio'), import('node:http')]);
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const client = new S3({
    endPoint: address.hostname,
    port: Number(address.port) || 80,
    useSSL: false,
    accessKey: config.accessKey,
    secretKey: config.secretKey,
    region: config.region,
    pathStyle: true,
    transportAgent: agent,
    retryOptions: { disableRetry: true },
  });
  return { client, close: () => agent.destroy() };
}

/** Lists the bucket. Throws {@link StoreFailure}. */
export async function openObjects(config: StoreConfig): Promise<Objects> {
  const { client, close } = await storeClient(config);
  try {
    const sizes = new Map<string, number>();
    for await (const item of client.listObjectsV2(config.bucket, '', true)) {
      const { name, size } = item as { name?: string; size?: number };
      if (name !== undefined) sizes.set(name, size ?? 0);
      if (sizes.size >= MAX_KEYS) break;
    }
    const read = (key: string): Promise<Buffer | undefined> => readObject(client, config.bucket, key);
    return { config, sizes, read, policy: () => readPolicy(client, config.bucket), close };
  } catch (error) {
    close();
    const fault = faultOf(error);
    throw new StoreFailure(fault, fault === 'bucket' ? `there is no bucket ${config.bucket}` : textOf(error));
  }
}

/** The bytes of an object; undefined for nothing. */
export async function readObject(client: Client, bucket: string, key: string): Promise<Buffer | undefined> {
  try {
    return await collect(await client.getObject(bucket, key));
  } catch (error) {
    if (['NoSuchKey', 'NotFound'].includes(codeOf(error))) return undefined;
    throw error;
  }
}

/** The JSON of a bucket's policy; null where there is none, or the store knows no policies. */
export async function readPolicy(client: Client, bucket: string): Promise<string | null> {
  try {
    return (await client.getBucketPolicy(bucket)) || null;
  } catch (error) {
    if (['NoSuchBucketPolicy', 'NotImplemented'].includes(codeOf(error))) return null;
    throw error;
  }
}

async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_OBJECT_BYTES) throw new Error('the object is larger than any bundle may be');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function faultOf(error: unknown): StoreFault {
  const code = codeOf(error);
  if (/^(?:ECONN|ENOTFOUND|EHOST|ETIMEDOUT|EPIPE)/.test(code)) return 'unreachable';
  if (['AccessDenied', 'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'Forbidden'].includes(code))
    return 'credentials';
  if (code === 'RequestTimeTooSkewed') return 'clock';
  if (code === 'NoSuchBucket') return 'bucket';
  return 'other';
}
