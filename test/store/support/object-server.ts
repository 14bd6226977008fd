import { mkdtemp, rm } from 'node:fs/promises';
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
