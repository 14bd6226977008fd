import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../runner/src/config.js';
import { createLogger } from '../../../runner/src/log.js';
import type { ExecuteWireAnswer } from '../../../runner/src/published/wire.js';
import { type RunnerService, startService } from '../../../runner/src/service.js';
import { AppHost } from './app-host.js';
import { keyOf, type TestBundle } from './bundles.js';
import { ObjectServer } from './object-server.js';
import { TestEngine } from './test-engine.js';

export const TENANT = '3f1c2d4e-0000-4000-8000-000000000001';
export const EXTENSION = '9a8b7c6d-0000-4000-8000-000000000002';

/** A runner's HTTP side in this process, over a test engine, a test store and a test host. */
export class RunnerInProcess {
  readonly engine = new TestEngine();
  readonly store: ObjectServer;
  readonly host: AppHost;
  readonly cacheRoot: string;
  #env: Record<string, string> = {};
  #service: RunnerService | undefined;

  private constructor(parts: { store: ObjectServer; host: AppHost; cacheRoot: string }) {
    this.store = parts.store;
    this.host = parts.host;
    this.cacheRoot = parts.cacheRoot;
  }

  static async start(
    env: Record<string, string> | ((runner: RunnerInProcess) => Record<string, string>) = {},
    before?: (runner: RunnerInProcess) => Promise<void> | void,
  ): Promise<RunnerInProcess> {
    const [store, host, cacheRoot] = await Promise.all([
      ObjectServer.start(),
      AppHost.start(),
      mkdtemp(join(tmpdir(), 'alga-runner-test-')),
    ]);
    const runner = new RunnerInProcess({ store, host, cacheRoot });
    runner.#env = typeof env === 'function' ? env(runner) : env;
    try {
      await before?.(runner);
      await runner.up();
      return runner;
    } catch (error) {
      await runner.stop();
      throw error;
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.#service?.port}`;
  }

  get port(): number {
    return this.#service?.port ?? 0;
  }

  /** Starts the service, over the cache folder as it is. */
  async up(): Promise<void> {
    const config = await loadConfig({
      PORT: '0',
      RUNNER_HOST: '127.0.0.1',
      RUST_LOG: 'off',
      ALGA_AUTH_KEY: 'test-auth-key',
      REGISTRY_BASE_URL: this.host.url,
      RUNNER_SERVICE_TOKEN: 'test-service-token',
      BUNDLE_STORE_BASE: this.store.base,
      EXT_CACHE_ROOT: this.cacheRoot,
      EXT_STATIC_STRICT_VALIDATION: 'false',
      ...this.#env,
    });
    const log = createLogger(config.logLevel);
    this.#service = await startService({ config, log, createEngine: () => this.engine });
  }

  async down(): Promise<void> {
    await this.#service?.stop();
  }

  /** Puts a bundle into the store for a tenant and extension. */
  put(bundle: TestBundle, tenantId = TENANT, extensionId = EXTENSION): string {
    const key = keyOf(tenantId, extensionId, bundle.hex);
    this.store.put(key, bundle.bytes);
    return key;
  }

  ui(bundle: TestBundle, path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.url}/ext-ui/${EXTENSION}/${bundle.hash}/${path}`, { headers, redirect: 'manual' });
  }

  /** Runs the handler of a bundle of the extension. */
  async execute({ hash }: Pick<TestBundle, 'hash'>): Promise<ExecuteWireAnswer> {
    const response = await fetch(`${this.url}/v1/execute`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-alga-tenant': TENANT, 'x-alga-extension': EXTENSION },
      body: JSON.stringify({
        context: { tenant_id: TENANT, extension_id: EXTENSION, content_hash: hash },
        http: { method: 'GET', path: '/' },
        limits: { timeout_ms: 1000 },
      }),
    });
    return (await response.json()) as ExecuteWireAnswer;
  }

  async stop(): Promise<void> {
    await this.down();
    await Promise.all([this.store.stop(), this.host.stop()]);
    await rm(this.cacheRoot, { recursive: true, force: true });
  }
}
