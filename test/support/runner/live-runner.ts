import type { ExecuteWireAnswer } from '../../../runner/src/published/wire.js';
import { ScriptedServer } from '../../runner/capabilities-support.js';
import { bundleOf, keyOf, type TestBundle } from './bundles.js';
import { ObjectServer } from './object-server.js';
import { EXTENSION, TENANT } from './runner-environment.js';
import { RunnerProcess } from './runner-process.js';
import { type ScratchFolder, scratchFolder } from './scratch-folder.js';

export interface LiveRunnerOptions {
  readonly env?: (parts: { host: ScriptedServer; folder: string }) => Record<string, string>;
  /** Options of its Node. */
  readonly execArgv?: readonly string[];
}

/** Parts of the body of an execute request beside what every call has. */
export interface CallFields {
  readonly timeoutMs?: number;
  readonly memoryMb?: number;
  readonly requestId?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
  readonly fields?: object;
  readonly signal?: AbortSignal;
}

/** The real program of the runner with a store and a host of its own. */
export class LiveRunner {
  readonly store: ObjectServer;
  readonly host: ScriptedServer;
  readonly folder: ScratchFolder;
  readonly process: RunnerProcess;

  private constructor(parts: {
    store: ObjectServer;
    host: ScriptedServer;
    folder: ScratchFolder;
    process: RunnerProcess;
  }) {
    this.store = parts.store;
    this.host = parts.host;
    this.folder = parts.folder;
    this.process = parts.process;
  }

  static async start({ env, execArgv }: LiveRunnerOptions = {}): Promise<LiveRunner> {
    const [store, host, folder] = await Promise.all([
      ObjectServer.start(),
      ScriptedServer.start(),
      scratchFolder('live'),
    ]);
    const process = await RunnerProcess.start({
      env: {
        ALGA_AUTH_KEY: 'live-auth-key',
        REGISTRY_BASE_URL: host.origin,
        RUNNER_SERVICE_TOKEN: 'live-service-token',
        BUNDLE_STORE_BASE: store.base,
        EXT_CACHE_ROOT: `${folder.path}/cache`,
        EXT_STATIC_STRICT_VALIDATION: 'false',
        RUST_LOG: 'error',
        ...env?.({ host, folder: folder.path }),
      },
      ...(execArgv && { execArgv }),
    });
    return new LiveRunner({ store, host, folder, process });
  }

  get url(): string {
    return this.process.url;
  }

  /** Stores a bundle of files for the extension. */
  async put(files: Readonly<Record<string, string | Buffer>>): Promise<TestBundle> {
    const bundle = await bundleOf(files);
    this.store.put(keyOf(TENANT, EXTENSION, bundle.hex), bundle.bytes);
    return bundle;
  }

  async execute(
    { hash }: Pick<TestBundle, 'hash'>,
    path: string,
    call: CallFields = {},
  ): Promise<ExecuteWireAnswer> {
    const { body, timeoutMs = 20_000, memoryMb } = call;
    const response = await fetch(`${this.url}/v1/execute`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-alga-tenant': TENANT, 'x-alga-extension': EXTENSION },
      body: JSON.stringify({
        context: {
          request_id: call.requestId ?? null,
          tenant_id: TENANT,
          extension_id: EXTENSION,
          install_id: 'install-1',
          content_hash: hash,
        },
        http: {
          method: 'POST',
          path,
          headers: call.headers ?? {},
          body_b64: body === undefined ? null : Buffer.from(body).toString('base64'),
        },
        limits: { timeout_ms: timeoutMs, memory_mb: memoryMb ?? null },
        ...call.fields,
      }),
      ...(call.signal && { signal: call.signal }),
    });
    return (await response.json()) as ExecuteWireAnswer;
  }

  /** The value of a metric, by the beginning of its line up to the value; NaN when it is not there. */
  async metric(line: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const found = text.split('\n').find((each) => each.startsWith(`${line} `));
    return Number(found?.slice(line.length + 1) ?? Number.NaN);
  }

  async stop(): Promise<void> {
    await this.process.stop('SIGKILL');
    await Promise.all([this.store.stop(), this.host.stop()]);
    await this.folder.remove();
  }
}
