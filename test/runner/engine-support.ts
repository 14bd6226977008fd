import { createEngine } from '../../runner/src/engine/index.js';
import type {
  DebugEvent,
  Engine,
  EngineOptions,
  Executable,
  ExecuteOutcome,
  ExecuteRequest,
} from '../../runner/src/executable.js';
import { type ComponentSource, componentFixture } from '../fixtures/components/component-fixtures.js';

/** Options of an engine as a runner would read them from its environment, shrunk for tests. */
export function engineOptions(overrides: Partial<EngineOptions> = {}): EngineOptions {
  const silent = () => undefined;
  return {
    workers: 2,
    queue: { max: 64, maxPerExtension: 32, maxWaitMs: 20_000, concurrencyPerExtension: 2 },
    compiledMaxBytes: 512 * 1024 * 1024,
    maxResponseBytes: 4 * 1024 * 1024,
    maxLogLineBytes: 4096,
    maxTimeoutMs: 60_000,
    maxMemoryMb: 512,
    egress: { allowlist: [], privateHosts: 'listed', timeoutMs: 5000, maxResponseBytes: 1024 * 1024 },
    hostApi: { timeoutMs: 5000, maxResponseBytes: 1024 * 1024 },
    uiProxy: { timeoutMs: 5000 },
    vault: { tokenFile: '/nonexistent', transitMount: 'transit', timeoutMs: 5000 },
    debug: { emit: silent },
    log: { debug: silent, info: silent, warn: silent, error: silent },
    ...overrides,
  };
}

/** The three capabilities every execution has. */
export const DEFAULT_GRANTS = ['cap:context.read', 'cap:log.emit', 'cap:user.read'];

export interface RequestOverrides extends Partial<Omit<ExecuteRequest, 'http' | 'limits' | 'providers'>> {
  readonly body?: string | Uint8Array;
  readonly method?: string;
  readonly headers?: ReadonlyArray<readonly [string, string]>;
  readonly timeoutMs?: number;
  readonly memoryMb?: number;
  readonly grants?: readonly string[];
}

export function guestRequest(url: string, overrides: RequestOverrides = {}): ExecuteRequest {
  const {
    body,
    method = 'GET',
    headers = [],
    timeoutMs = 20_000,
    memoryMb = 256,
    grants,
    ...rest
  } = overrides;
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  return {
    requestId: 'request-1',
    tenantId: 'tenant-1',
    extensionId: 'extension-1',
    installId: 'install-1',
    versionId: 'version-1',
    contentHash: 'sha256:00',
    config: {},
    http: { method, url, headers, ...(bytes !== undefined && { body: bytes }) },
    limits: { timeoutMs, memoryMb },
    providers: new Set([...DEFAULT_GRANTS, ...(grants ?? [])]),
    ...rest,
  };
}

/** An engine with one test component, and everything its guests wrote. */
export class EngineUnderTest {
  readonly events: DebugEvent[] = [];
  readonly engine: Engine;
  readonly executable: Executable;

  private constructor(engine: Engine, executable: Executable, events: DebugEvent[]) {
    this.engine = engine;
    this.executable = executable;
    this.events = events;
  }

  static async start(
    source: ComponentSource,
    overrides: Partial<EngineOptions> = {},
    tuning: { restoreInstances?: boolean } = {},
  ): Promise<EngineUnderTest> {
    const events: DebugEvent[] = [];
    const file = await componentFixture(source);
    const emit = (event: DebugEvent): void => void events.push(event);
    const engine = createEngine(engineOptions({ debug: { emit }, ...overrides }), tuning);
    await engine.start();
    return new EngineUnderTest(engine, { kind: 'component', hash: `hash-of-${source}`, file }, events);
  }

  async execute(url: string, overrides: RequestOverrides = {}): Promise<ExecuteOutcome> {
    return await this.engine.execute(
      this.executable,
      guestRequest(url, overrides),
      new AbortController().signal,
    );
  }

  /** The body of an answer as text; fails the test when there is none. */
  async text(url: string, overrides: RequestOverrides = {}): Promise<string> {
    const outcome = await this.execute(url, overrides);
    if (outcome.kind === 'failure') throw new Error(`${outcome.reason}: ${outcome.message}`);
    return Buffer.from(outcome.body ?? []).toString('utf8');
  }

  async json(url: string, overrides: RequestOverrides = {}): Promise<unknown> {
    return JSON.parse(await this.text(url, overrides)) as unknown;
  }

  /** Calls a host function from inside the guest: `{ ok }` or `{ thrown }`, as the guest saw it. */
  async hostCall(
    name: readonly [string, string],
    args: readonly unknown[],
    overrides: RequestOverrides = {},
  ): Promise<unknown> {
    return await this.json('/call', { ...overrides, body: JSON.stringify({ call: name, args }) });
  }
}
