import type { GuestRequest, OpenSecrets } from '../capabilities/guest-request.js';
import { HostServices } from '../capabilities/host-services.js';
import { Outbound } from '../capabilities/outbound.js';
import { SecretEnvelopes, SecretError } from '../capabilities/secret-envelopes.js';
import { withoutSecrets } from '../capabilities/secret-mask.js';
import type {
  DebugEvent,
  Engine,
  EngineOptions,
  EngineStats,
  Executable,
  ExecuteFailure,
  ExecuteOutcome,
  ExecuteRequest,
  StartRequest,
} from '../executable.js';
import { CallAborted, CallQueue, Overloaded, type Place } from './pool/call-queue.js';
import { GuestPool } from './pool/guest-pool.js';
import type { GuestJob, GuestOutcome, GuestRunner } from './pool/guest-runner.js';
import { isSameState } from './prepare/initial-state.js';
import type { Preparation, PreparationInput } from './prepare/preparation.js';
import { PrepareError, PrepareThread } from './prepare/prepare-thread.js';
import { ProgramCache } from './prepare/program-cache.js';
import { PAGES_PER_MB } from './wasm/page.js';
import type { OutputLine, ProgramState } from './worker/protocol.js';

export interface EngineTuning {
  /** False: a new instance for every call, even where the state of a used one could be put back. */
  readonly restoreInstances: boolean;
}

/** Joins preparing, queueing, running and the host's functions. */
export class GuestEngine implements Engine {
  readonly #options: EngineOptions;
  readonly #outbound = new Outbound();
  readonly #services: HostServices;
  readonly #secrets: SecretEnvelopes;
  readonly #prepareThread: PrepareThread;
  readonly #programs: ProgramCache;
  readonly #pool: GuestPool;
  readonly #queue: CallQueue<GuestRunner, ProgramState>;

  constructor(options: EngineOptions, tuning: EngineTuning) {
    this.#options = options;
    this.#services = new HostServices(options, this.#outbound);
    this.#secrets = new SecretEnvelopes(options.vault, this.#outbound);
    const maxPages = options.maxMemoryMb * PAGES_PER_MB;
    this.#prepareThread = new PrepareThread(maxPages, (shape, restorable) => {
      if (restorable) this.#allowRestoring(shape);
    });
    this.#programs = new ProgramCache({
      maxBytes: options.compiledMaxBytes,
      prepare: (input) => this.#prepareThread.prepare(input),
      onEvicted: (hash) => this.#pool.each((runner) => runner.forget(hash)),
    });
    this.#pool = new GuestPool({
      workers: options.workers,
      maxResponseBytes: options.maxResponseBytes,
      maxLogLineBytes: options.maxLogLineBytes,
      restoreInstances: tuning.restoreInstances,
      onFree: () => this.#queue.advance(),
    });
    const limits = { ...options.queue, places: options.workers };
    this.#queue = new CallQueue(limits, (program) => this.#pool.take(program));
  }

  async start(): Promise<void> {
    this.#queue.open();
    await this.#pool.start();
    this.#prepareThread.start();
  }

  async stop(): Promise<void> {
    this.#queue.close();
    await Promise.all([this.#pool.stop(), this.#prepareThread.stop()]);
    this.#outbound.close();
    this.#programs.clear();
    this.#secrets.clear();
  }

  async prepare(executable: Executable, usedAt?: number): Promise<void> {
    await this.#programs.get(inputOf(executable), usedAt);
  }

  async same(one: Executable, other: Executable): Promise<boolean> {
    const programs = await Promise.all([one, other].map((each) => this.#programs.get(inputOf(each))));
    const [first, second] = programs as [Preparation, Preparation];
    return first.shape.key === second.shape.key && isSameState(first.state, second.state);
  }

  forget(hash: string): void {
    this.#programs.forget(hash);
    this.#pool.each((runner) => runner.forget(hash));
  }

  execute(executable: Executable, request: ExecuteRequest, signal: AbortSignal): Promise<ExecuteOutcome> {
    return this.#perform(executable, request, request.http, signal);
  }

  tryStart(executable: Executable, request: StartRequest, signal: AbortSignal): Promise<ExecuteOutcome> {
    return this.#perform(executable, request, undefined, signal);
  }

  async #perform(
    executable: Executable,
    request: StartRequest,
    http: ExecuteRequest['http'] | undefined,
    signal: AbortSignal,
  ): Promise<ExecuteOutcome> {
    let secrets: OpenSecrets | undefined;
    try {
      secrets = await this.#secrets.open(request, signal);
    } catch (error) {
      if (error instanceof SecretError) return failure('secret_decrypt_failed', 'secret', error.message);
      throw error;
    }
    const from = performance.now();
    const prepared = await this.#program(executable);
    if ('kind' in prepared) return prepared;
    const ready = performance.now();
    const place = await this.#place(prepared, request, signal);
    if ('kind' in place) return place;
    const placed = performance.now();
    const done = await this.#run(place, this.#job(prepared, request, http, secrets, signal));
    return outcomeOf(done, secrets, { prepare: ready - from, queue: placed - ready });
  }

  stats(): EngineStats {
    const { sent, received } = this.#services.egress;
    return {
      workers: this.#pool.size,
      running: this.#queue.running,
      queued: this.#queue.waiting,
      compiled: this.#programs.size,
      compiledBytes: this.#programs.bytes,
      instancesCreated: this.#pool.created,
      workersReplaced: this.#pool.replaced,
      compileHits: this.#programs.hits,
      compileMisses: this.#programs.misses,
      egressBytesSent: sent,
      egressBytesReceived: received,
    };
  }

  #allowRestoring(shape: string): void {
    this.#programs.markRestorable(shape);
    this.#pool.each((runner) => runner.allowRestoring(shape));
  }

  async #program(executable: Executable): Promise<Preparation | ExecuteFailure> {
    try {
      return await this.#programs.get(inputOf(executable));
    } catch (error) {
      if (error instanceof PrepareError) return failure('execute_failed', error.reason, error.message);
      throw error;
    }
  }

  async #place(
    { state }: Preparation,
    { tenantId, extensionId }: StartRequest,
    signal: AbortSignal,
  ): Promise<Place<GuestRunner> | ExecuteFailure> {
    try {
      const key = JSON.stringify([tenantId, extensionId]);
      return await this.#queue.enter({ key, program: state, signal });
    } catch (error) {
      if (error instanceof Overloaded) return failure('overloaded', 'queue', error.message);
      if (error instanceof CallAborted) return failure('execute_failed', 'queue', error.message);
      throw error;
    }
  }

  async #run(place: Place<GuestRunner>, job: GuestJob): Promise<GuestOutcome> {
    try {
      return await place.runner.run(job);
    } finally {
      place.release();
    }
  }

  #job(
    preparation: Preparation,
    execute: StartRequest,
    http: ExecuteRequest['http'] | undefined,
    secrets: OpenSecrets | undefined,
    signal: AbortSignal,
  ): GuestJob {
    const { limits } = execute;
    const { maxTimeoutMs, maxMemoryMb } = this.#options;
    const request = guestRequest(execute);
    return {
      preparation,
      request,
      http: http && { ...http, body: http.body },
      secrets,
      maxPages: Math.max(1, Math.min(limits.memoryMb, maxMemoryMb)) * PAGES_PER_MB,
      timeoutMs: Math.max(1, Math.min(limits.timeoutMs, maxTimeoutMs)),
      signal,
      onOutput: (line) => this.#output(execute, line, secrets),
      hostCall: (name, args, over) => this.#services.call(name, args, { request, secrets, signal: over }),
    };
  }

  #output(request: StartRequest, line: OutputLine, secrets: OpenSecrets | undefined): void {
    const event: DebugEvent = {
      ts: line.ts,
      level: line.level,
      stream: line.stream,
      ...idsOf(request),
      message: line.text,
    };
    this.#options.debug.emit(event);
    if (line.stream === 'log') {
      this.#options.log[line.level](logFieldsOf(request), withoutSecrets(line.text, secrets));
    }
  }
}

function inputOf(executable: Executable): PreparationInput {
  const { kind, hash, file, sourceMapFile } = executable;
  const componentHash = kind === 'component' ? executable.componentHash : undefined;
  return { kind, hash, file, sourceMapFile, componentHash };
}

function guestRequest(execute: StartRequest): GuestRequest {
  const { requestId, tenantId, extensionId, installId, versionId, providers, user } = execute;
  return { requestId, tenantId, extensionId, installId, versionId, providers, user };
}

function idsOf(request: StartRequest): Partial<DebugEvent> {
  const { requestId, tenantId, extensionId, installId, versionId, contentHash } = request;
  return {
    tenantId,
    extensionId,
    ...(installId !== undefined && { installId }),
    ...(requestId !== undefined && { requestId }),
    ...(versionId !== undefined && { versionId }),
    contentHash,
  };
}

/** Under the names that every line about a request has. */
function logFieldsOf({ requestId, tenantId, extensionId, contentHash }: StartRequest): object {
  return { request: requestId, tenant: tenantId, extension: extensionId, hash: contentHash, target: 'ext' };
}

function failure(
  code: ExecuteFailure['code'],
  reason: ExecuteFailure['reason'],
  message: string,
): ExecuteFailure {
  return { kind: 'failure', code, reason, message };
}

function outcomeOf(
  { outcome, ms: run }: GuestOutcome,
  secrets: OpenSecrets | undefined,
  { prepare, queue }: { prepare: number; queue: number },
): ExecuteOutcome {
  if (outcome.kind === 'failure') {
    const { reason, message, stack } = outcome;
    return {
      ...failure('execute_failed', reason, withoutSecrets(message, secrets)),
      ...(stack !== undefined && { stack: withoutSecrets(stack, secrets) }),
    };
  }
  const { status, headers, body } = outcome;
  return {
    kind: 'answer',
    status,
    headers,
    ...(body !== undefined && { body }),
    ms: { queue, prepare, run },
  };
}
