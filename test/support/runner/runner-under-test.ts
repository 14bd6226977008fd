import { AppHost } from './app-host.js';
import { keyOf, type TestBundle } from './bundles.js';
import { ObjectServer } from './object-server.js';
import { RunnerProcess } from './runner-process.js';
import { scratchFolder } from './scratch-folder.js';

export const TENANT = '3f1c2d4e-0000-4000-8000-000000000001';
export const EXTENSION = '9a8b7c6d-0000-4000-8000-000000000002';
export const INSTALL = '5e6f7a8b-0000-4000-8000-000000000003';
const AUTH_KEY = 'contract-auth-key';
const SERVICE_TOKEN = 'contract-service-token';

/**
 * A runner known by its URL alone, with the store it fetches from and the app it asks. It is our own
 * program unless `ALGA_TEST_RUNNER_URL` names another one: that one must be configured with
 * `BUNDLE_STORE_BASE` and `REGISTRY_BASE_URL` on the ports given in `ALGA_TEST_STORE_PORT` and
 * `ALGA_TEST_APP_PORT`, with the keys above, an empty cache, and lax validation.
 */
export interface RunnerUnderTest {
  readonly url: string;
  readonly port: number;
  readonly store: ObjectServer;
  readonly app: AppHost;
  /** Whether it is our own implementation, which does better where the official one is weak. */
  readonly own: boolean;
  put(bundle: TestBundle): string;
  stop(): Promise<void>;
}

export async function runnerUnderTest(env: Record<string, string> = {}): Promise<RunnerUnderTest> {
  const given = process.env.ALGA_TEST_RUNNER_URL;
  const store = await ObjectServer.start(Number(process.env.ALGA_TEST_STORE_PORT ?? 0));
  const app = await AppHost.start(Number(process.env.ALGA_TEST_APP_PORT ?? 0));
  const running = given === undefined ? await startOwn(store, app, env) : await attach(given);
  return {
    ...running,
    store,
    app,
    put: (bundle) => {
      const key = keyOf(TENANT, EXTENSION, bundle.hex);
      store.put(key, bundle.bytes);
      return key;
    },
    stop: async () => {
      await running.stop();
      await Promise.all([store.stop(), app.stop()]);
    },
  };
}

type Running = Pick<RunnerUnderTest, 'url' | 'port' | 'own' | 'stop'>;

async function startOwn(store: ObjectServer, app: AppHost, env: Record<string, string>): Promise<Running> {
  const cache = await scratchFolder('contract');
  const runner = await RunnerProcess.start({ env: { ...environment(store, app, cache.path), ...env } });
  const stop = async (): Promise<void> => {
    await runner.stop();
    await cache.remove();
  };
  return { url: runner.url, port: runner.port, own: true, stop };
}

/** What a runner needs to use a test store and a test app. */
export function environment(store: ObjectServer, app: AppHost, cacheRoot: string): Record<string, string> {
  return {
    ALGA_AUTH_KEY: AUTH_KEY,
    REGISTRY_BASE_URL: app.url,
    RUNNER_SERVICE_TOKEN: SERVICE_TOKEN,
    BUNDLE_STORE_BASE: store.base,
    EXT_CACHE_ROOT: cacheRoot,
    EXT_STATIC_STRICT_VALIDATION: 'false',
  };
}

async function attach(given: string): Promise<Running> {
  const url = given.replace(/\/$/, '');
  const health = (await (await fetch(`${url}/healthz`)).json()) as { kind?: string };
  const port = Number(new URL(url).port || 80);
  return { url, port, own: health.kind === 'alga-runner-node', stop: () => Promise.resolve() };
}
