import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { openPayload } from './body/payload.js';
import { S3Error } from './errors.js';
import { sendXml } from './operations/exchange.js';
import { chooseOperation } from './operations/table.js';
import { readRequest } from './request.js';
import { authenticate, type Credentials } from './signature/verify.js';
import { openStorage, type Storage } from './storage/storage.js';

export interface ObjectStoreOptions {
  readonly dataDir: string;
  readonly credentials: Credentials;
  readonly region: string;
  /** Told about failures that are ours; clients only get a request id. */
  readonly onFault: (requestId: string, error: unknown) => void;
}

/** A server that speaks the S3 protocol over a folder. */
export interface ObjectStore {
  /** Makes a bucket unless it is there. */
  ensureBucket(name: string): Promise<void>;
  /** Listens on a port of 127.0.0.1; rejects when it is held. Gives the port. */
  listen(port: number): Promise<number>;
  /** Lets running requests finish for a moment, then ends every connection. */
  stop(): Promise<void>;
}

/** Longer than clients keep an idle connection, so that it is always they who close it. */
const KEEP_ALIVE_MS = 10 * 60_000;
const DRAIN_MS = 500;

/** Opens the data folder and makes the server; it does not listen yet. */
export async function createObjectStore(options: ObjectStoreOptions): Promise<ObjectStore> {
  const storage = await openStorage(options.dataDir);
  const server = createServer((incoming, response) => {
    void answer(incoming, response, storage, options);
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.requestTimeout = 0;
  return {
    ensureBucket: (name) => ensureBucket(storage, name),
    listen: (port) => listen(server, port),
    stop: () => stop(server),
  };
}

async function ensureBucket(storage: Storage, name: string): Promise<void> {
  try {
    await storage.buckets.create(name, Date.now());
  } catch (error) {
    if (!(error instanceof S3Error && error.code === 'BucketAlreadyOwnedByYou')) throw error;
  }
}

async function answer(
  incoming: IncomingMessage,
  response: ServerResponse,
  storage: Storage,
  options: ObjectStoreOptions,
): Promise<void> {
  const requestId = randomBytes(8).toString('hex').toUpperCase();
  response.setHeader('x-amz-request-id', requestId);
  response.setHeader('server', 'alga');
  try {
    await perform(incoming, response, storage, options);
  } catch (error) {
    refuse(incoming, response, requestId, error, options);
  }
  // What is left of a body nobody wanted is read and dropped, or the client could not see the answer.
  if (!incoming.readableEnded) incoming.resume();
}

async function perform(
  incoming: IncomingMessage,
  response: ServerResponse,
  storage: Storage,
  { credentials, region }: ObjectStoreOptions,
): Promise<void> {
  const request = readRequest(incoming);
  const now = new Date();
  const authenticated = authenticate(request, credentials, now);
  const operation = chooseOperation(request);
  await operation({
    request,
    bucket: request.bucket ?? '',
    key: request.key ?? '',
    storage,
    region,
    response,
    now: now.getTime(),
    payload: () => openPayload(request, authenticated),
  });
}

function refuse(
  incoming: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  thrown: unknown,
  { onFault }: ObjectStoreOptions,
): void {
  const gone = incoming.destroyed && !incoming.complete;
  const error = thrown instanceof S3Error ? thrown : new S3Error(gone ? 'IncompleteBody' : 'InternalError');
  if (error.code === 'InternalError') onFault(requestId, thrown);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
  if (incoming.method === 'HEAD') {
    response.writeHead(error.status, { 'x-amz-error-code': error.code }).end();
    return;
  }
  sendXml(
    response,
    [
      'Error',
      [
        ['Code', error.code],
        ['Message', error.message],
        ['Resource', (incoming.url ?? '').split('?', 1)[0] ?? ''],
        ['RequestId', requestId],
      ],
    ],
    error.status,
    false,
  );
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.removeListener('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
