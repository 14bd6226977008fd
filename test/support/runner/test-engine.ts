import type {
  Engine,
  EngineStats,
  Executable,
  ExecuteOutcome,
  ExecuteRequest,
} from '../../../runner/src/executable.js';

export type TestGuest = (
  request: ExecuteRequest,
  signal: AbortSignal,
  executable: Executable,
) => Promise<ExecuteOutcome> | ExecuteOutcome;

const STATS: EngineStats = {
  workers: 1,
  running: 0,
  queued: 0,
  compiled: 0,
  compiledBytes: 0,
  instancesCreated: 7,
  workersReplaced: 0,
  compileHits: 0,
  compileMisses: 0,
  egressBytesSent: 0,
  egressBytesReceived: 0,
};

/** An engine whose guest is a function of the test, so that every outcome can be had at will. */
export class TestEngine implements Engine {
  readonly requests: ExecuteRequest[] = [];
  readonly prepared: Executable[] = [];
  readonly forgotten: string[] = [];
  guest: TestGuest = () => answer(200, 'ok');
  startFault: Error | undefined;
  prepareFault: Error | undefined;
  /** What comes of making an instance alone. */
  started: ExecuteOutcome = {
    kind: 'answer',
    status: 204,
    headers: [],
    ms: { queue: 0, prepare: 0, run: 1 },
  };

  start(): Promise<void> {
    return this.startFault === undefined ? Promise.resolve() : Promise.reject(this.startFault);
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  same(): Promise<boolean> {
    return Promise.resolve(true);
  }

  prepare(executable: Executable): Promise<void> {
    this.prepared.push(executable);
    return this.prepareFault === undefined ? Promise.resolve() : Promise.reject(this.prepareFault);
  }

  tryStart(): Promise<ExecuteOutcome> {
    return Promise.resolve(this.started);
  }

  async execute(
    executable: Executable,
    request: ExecuteRequest,
    signal: AbortSignal,
  ): Promise<ExecuteOutcome> {
    this.requests.push(request);
    return await this.guest(request, signal, executable);
  }

  forget(hash: string): void {
    this.forgotten.push(hash);
  }

  stats(): EngineStats {
    return STATS;
  }
}

export function answer(
  status: number,
  body?: string | Uint8Array,
  headers: Array<[string, string]> = [],
): ExecuteOutcome {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return {
    kind: 'answer',
    status,
    headers,
    ...(bytes !== undefined && { body: bytes }),
    ms: { queue: 0, prepare: 0, run: 1 },
  };
}
