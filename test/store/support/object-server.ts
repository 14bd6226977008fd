import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createObjectStore, type ObjectStore } from '../../../src/stack/embedded/object-store/server.js';
import type { StoreConfig } from '../../../src/store/index.js';

/** A running S3 server over a folder of its own. */
export interface TestObjectServer {
  readonly config: StoreConfig;
  /** Stops it; `start` brings it back on the same port with the same objects. */
  stop(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
}

const CREDENTIALS = { accessKey: 'test-access', secretKey: 'test-secret-key' };

export async function startObjectServer(): Promise<TestObjectServer> {
  const folder = await mkdtemp(join(tmpdir(), 'alga-test-store-'));
  let running: ObjectStore | undefined;
  const start = async (port: number): Promise<number> => {
    running = await createObjectStore({
      dataDir: join(folder, 'data'),
      credentials: CREDENTIALS,
      region: 'us-east-1',
      onFault: (_, error) => {
        throw error;
      },
    });
    return running.listen(port);
  };
  const port = await start(0);
  const config = {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    bucket: 'extensions',
    ...CREDENTIALS,
  };
  return {
    config,
    start: async () => {
      await start(port);
    },
    stop: async () => running?.stop(),
    remove: async () => {
      await running?.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A way to a server that can be told to fail. */
export interface FaultyWay {
  readonly endpoint: string;
  /** The next connections are reset as soon as they send something. */
  reset(connections: number): void;
  /** Connections stay open and nothing passes any more. */
  freeze(): void;
  /** Number of connections that passed. */
  passed(): number;
  close(): Promise<void>;
}

export async function faultyWay(to: string): Promise<FaultyWay> {
  const target = new URL(to);
  const sockets = new Set<Socket>();
  let resets = 0;
  let frozen = false;
  let passed = 0;
  const server: Server = createServer((client) => {
    sockets.add(client);
    client.on('error', () => undefined);
    client.on('close', () => sockets.delete(client));
    if (frozen) return;
    if (resets > 0) {
      resets -= 1;
      client.once('data', () => client.resetAndDestroy());
      return;
    }
    passed += 1;
    const upstream = connect(Number(target.port), target.hostname);
    sockets.add(upstream);
    upstream.on('error', () => client.destroy());
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    reset: (connections) => {
      resets = connections;
    },
    freeze: () => {
      frozen = true;
    },
    passed: () => passed,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
