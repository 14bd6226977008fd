import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecuteWireAnswer } from '../../../runner/src/published/wire.js';
import { componentFixture } from '../../fixtures/components/component-fixtures.js';
import { bundleOf, type TestBundle } from '../../support/runner/bundles.js';
import { RedisServer } from '../../support/runner/redis-server.js';
import { RunnerProcess } from '../../support/runner/runner-process.js';
import { S3Store } from '../../support/runner/s3-store.js';
import { type ScratchFolder, scratchFolder } from '../../support/runner/scratch-folder.js';
import { type Answer, type ReceivedCall, ScriptedServer } from '../capabilities-support.js';
import type { RequestOverrides } from '../engine-support.js';
import { wireRequest } from './wire-request.js';

export const TENANT = 'tenant-1';
export const EXTENSION = 'extension-1';
export const ROUTING = { 'x-alga-tenant': TENANT, 'x-alga-extension': EXTENSION };
export const AUTH_KEY = process.env.ALGA_CONTRACT_AUTH_KEY ?? 'contract-auth-key';
export const TOKEN = process.env.ALGA_CONTRACT_SERVICE_TOKEN ?? 'contract-service-token';
export const MAX_FILE_BYTES = 1024 * 1024;
export const FRAME_ANCESTORS = 'https://app.test';

/** An install the registry knows. */
export interface Install {
  readonly tenantId: string;
  readonly extensionId: string;
  readonly contentHash: string;
}

interface Parts {
  readonly url: string;
  readonly own: boolean;
  readonly store: S3Store;
  readonly host: ScriptedServer;
  readonly redis: RedisServer;
  readonly caller: TestBundle;
  readonly end: () => Promise<void>;
}

/**
 * The runner the contract is held against, known by its URL alone, with the store it fetches from and
 * the host it asks. It is our own program unless `ALGA_CONTRACT_RUNNER_URL` names another one, which
 * must then be configured as `environmentOf` says.
 */
class ContractSubject {
  #parts: Parts | undefined;
  #installs: Install[] = [];
  /** What the registry answers for any host name. */
  byHost: Install | undefined;

  async start(): Promise<void> {
    const { env } = process;
    const given = env.ALGA_CONTRACT_RUNNER_URL?.replace(/\/$/, '');
    const address = env.ALGA_CONTRACT_STORE_URL;
    const [store, host, folder] = await Promise.all([
      address === undefined ? S3Store.start() : S3Store.attach(address),
      ScriptedServer.start(Number(env.ALGA_CONTRACT_HOST_PORT ?? 0)),
      scratchFolder('contract'),
    ]);
    const redis = new RedisServer();
    const redisPort = await redis.start(Number(env.ALGA_CONTRACT_REDIS_PORT ?? 0));
    const runner = given === undefined ? await startOwn(store, host, redisPort, folder) : undefined;
    const url = given ?? runner?.url ?? '';
    const health = (await (await fetch(`${url}/healthz`)).json()) as { kind?: string };
    const end = async (): Promise<void> => {
      await runner?.stop('SIGKILL');
      await Promise.all([store.stop(), host.stop(), redis.stop()]);
      await folder.remove();
    };
    const caller = await bundleOf({ 'dist/main.wasm': await readFile(await componentFixture('plain')) });
    this.#parts = { url, own: health.kind === 'alga-runner-node', store, host, redis, caller, end };
    await this.put(caller);
  }

  async stop(): Promise<void> {
    await this.#parts?.end();
    this.#parts = undefined;
  }

  /** As nothing had been asked yet; the registry goes on knowing what was stored. */
  reset(): void {
    this.byHost = undefined;
    this.host.answer = (call) => this.registry(call);
    this.host.take();
  }

  get url(): string {
    return this.#get().url;
  }

  get port(): number {
    return Number(new URL(this.url).port || 80);
  }

  /** Whether it is our own implementation, which does better where the official one is weak. */
  get own(): boolean {
    return this.#get().own;
  }

  get host(): ScriptedServer {
    return this.#get().host;
  }

  get redis(): RedisServer {
    return this.#get().redis;
  }

  /** A guest that calls the functions of the host it is told to call. */
  get caller(): TestBundle {
    return this.#get().caller;
  }

  /** Stores bytes as the bundle of an extension, and installs it. */
  async put(bundle: TestBundle, bytes = bundle.bytes, tenantId = TENANT): Promise<void> {
    await this.#get().store.put(tenantId, EXTENSION, bundle, bytes);
    this.install({ tenantId, extensionId: EXTENSION, contentHash: bundle.hash });
  }

  /** Makes the registry know an install, whether there is a bundle or not. */
  install(install: Install): void {
    this.#installs.push(install);
  }

  uninstall({ hash }: TestBundle): void {
    this.#installs = this.#installs.filter(({ contentHash }) => contentHash !== hash);
  }

  /** The host's registry; any other call gets an empty answer. */
  registry({ url }: ReceivedCall): Answer {
    const { pathname, searchParams } = new URL(url, 'http://host');
    if (pathname === '/api/installs/validate') {
      const [tenant, extension, hash] = ['tenant', 'extension', 'hash'].map((name) => searchParams.get(name));
      const valid = this.#installs.some(
        (each) =>
          each.tenantId === tenant &&
          each.extensionId === extension &&
          each.contentHash === hash?.toLowerCase(),
      );
      return { body: { valid } };
    }
    if (pathname !== '/api/installs/lookup-by-host') return {};
    if (this.byHost === undefined) return { status: 404 };
    const { tenantId, extensionId, contentHash } = this.byHost;
    return { body: { tenant_id: tenantId, extension_id: extensionId, content_hash: contentHash } };
  }

  /** Runs a handler; the one that calls the host unless another bundle is named. */
  async execute(path: string, overrides: RequestOverrides = {}): Promise<ExecuteWireAnswer> {
    const body = wireRequest(path, { contentHash: this.caller.hash, ...overrides });
    const response = await this.post('/v1/execute', body);
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    return (await response.json()) as ExecuteWireAnswer;
  }

  /** Calls a host function from inside the guest: `{ ok }` or `{ thrown }`, as the guest saw it. */
  async hostCall(
    name: readonly [string, string],
    args: readonly unknown[],
    overrides: RequestOverrides = {},
  ): Promise<unknown> {
    const answer = await this.execute('/call', { ...overrides, body: JSON.stringify({ call: name, args }) });
    if (answer.error !== null) throw new Error(answer.error);
    return JSON.parse(textOf(answer)) as unknown;
  }

  post(path: string, body: unknown, headers: Record<string, string> = ROUTING): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  ui(bundle: TestBundle, path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.url}/ext-ui/${EXTENSION}/${bundle.hash}/${path}`, { headers, redirect: 'manual' });
  }

  /** The value of a metric of our own runner, by the beginning of its line. */
  async metric(line: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const found = text.split('\n').find((each) => each.startsWith(`${line} `));
    return Number(found?.slice(line.length + 1) ?? Number.NaN);
  }

  #get(): Parts {
    if (this.#parts === undefined) throw new Error('the runner under test is not there');
    return this.#parts;
  }
}

/** The one subject of a run. */
export const subject = new ContractSubject();

export function textOf(answer: ExecuteWireAnswer): string {
  return Buffer.from(answer.body_b64 ?? '', 'base64').toString('utf8');
}

/** What a runner must be configured with to be held against the contract. */
function environmentOf(store: S3Store, hostUrl: string, redisPort: number): Record<string, string> {
  return {
    ...store.environment,
    ALGA_AUTH_KEY: AUTH_KEY,
    REGISTRY_BASE_URL: hostUrl,
    RUNNER_SERVICE_TOKEN: TOKEN,
    UI_PROXY_BASE_URL: `${hostUrl}/proxy/base/?dropped=1`,
    UI_PROXY_TIMEOUT_MS: '1000',
    VAULT_ADDR: `${hostUrl}/`,
    VAULT_NAMESPACE: 'team',
    EXT_EGRESS_ALLOWLIST: '127.0.0.1',
    EXT_STATIC_STRICT_VALIDATION: 'true',
    EXT_STATIC_MAX_FILE_BYTES: String(MAX_FILE_BYTES),
    EXT_UI_FRAME_ANCESTORS: FRAME_ANCESTORS,
    RUNNER_DEBUG_REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    RUNNER_DEBUG_MAX_EVENT_BYTES: '200',
  };
}

/** Bounds the official runner has not, so that waiting for them does not take long. */
const OWN_BOUNDS = {
  RUNNER_HOST_API_TIMEOUT_MS: '1000',
  RUNNER_HOST_API_MAX_RESPONSE_BYTES: String(1024 * 1024),
  RUNNER_VAULT_TIMEOUT_MS: '1000',
  RUST_LOG: 'error',
};

async function startOwn(
  store: S3Store,
  host: ScriptedServer,
  redisPort: number,
  folder: ScratchFolder,
): Promise<RunnerProcess> {
  const tokenFile = join(folder.path, 'vault-token');
  await writeFile(tokenFile, 'vault-token\n');
  return await RunnerProcess.start({
    env: {
      ...environmentOf(store, host.origin, redisPort),
      ...OWN_BOUNDS,
      ALGA_VAULT_TOKEN_FILE: tokenFile,
      EXT_CACHE_ROOT: join(folder.path, 'cache'),
    },
  });
}
