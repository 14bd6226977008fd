import { unlessAborted } from '../../../core/deadline.js';
import { entryPath } from '../../../core/entry.js';
import { algaError } from '../../../core/errors/alga-error.js';
import { within } from '../../../core/process.js';
import { ProcessLost, ToolProcess } from '../process/tool-process.js';
import { EXPOSED_COLLECTOR, ONE_COMPILER_THREAD, TAMED_COLLECTOR } from '../process/v8-switches.js';
import { baseOf } from '../template/base-memory.js';
import type { EngineTemplate } from '../template/engine-template.js';
import { LOAD_LIMIT_MS, watchLoading } from './load-limit.js';
import { engineReplySchema, type LoadReply, loadReplySchema } from './load-reply.js';

/** Loading takes some 20 ms; after this long another process is warmed up, in case this one must be killed. */
const SUSPICIOUS_MS = 1_000;
/** A handler that nobody waits for any more may hold up the next one for this long. */
const PATIENCE_MS = 300;
/** A process gets this long to start and to compile the engine. */
const START_LIMIT_MS = 30_000;

/** A process and the moment from which it has compiled the engine. */
interface Engine {
  readonly process: ToolProcess;
  readonly ready: Promise<unknown>;
}

interface Running {
  readonly startedAt: number;
  readonly settled: Promise<void>;
  readonly engine: Engine;
  abandoned: boolean;
}

/**
 * Loads handlers with one engine in a warm process, one after the other. A handler that does not come to an end
 * is killed with its process, and a standby takes over.
 */
export class Evaluator {
  readonly #template: EngineTemplate;
  #engine: Engine | undefined;
  #standby: Engine | undefined;
  #running: Running | undefined;
  #stopped = false;

  constructor(template: EngineTemplate) {
    this.#template = template;
  }

  /** Starts the process, so that the first evaluation finds it warm and waiting for that handler. */
  warmUp(guestPath: string): void {
    if (!this.#stopped) this.#current(guestPath);
  }

  /**
   * Loads a handler. Throws HANDLER_EVALUATION_TIMEOUT, the signal's reason as soon as it is aborted, and
   * `ProcessLost` when the process dies repeatedly.
   */
  async evaluate(source: string, guestPath: string, signal: AbortSignal): Promise<LoadReply> {
    try {
      return await this.#attempt(source, guestPath, signal);
    } catch (error) {
      if (!(error instanceof ProcessLost) || signal.aborted || this.#stopped) throw error;
      return this.#attempt(source, guestPath, signal);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const engines = [this.#engine, this.#standby];
    this.#engine = undefined;
    this.#standby = undefined;
    await Promise.all(engines.map((engine) => engine?.process.kill()));
  }

  async #attempt(source: string, guestPath: string, signal: AbortSignal): Promise<LoadReply> {
    while (this.#running !== undefined) await this.#leaveOrWait(this.#running, signal);
    signal.throwIfAborted();
    const engine = this.#current(guestPath);
    const work = this.#run(engine, { kind: 'load', source, guestPath });
    const settled = work.then(nothing, nothing);
    const running: Running = { startedAt: performance.now(), settled, engine, abandoned: false };
    this.#running = running;
    void settled.then(() => this.#forget(running));
    try {
      return await unlessAborted(work, signal);
    } catch (error) {
      running.abandoned = true;
      throw error;
    }
  }

  /** Waits for the handler that is being loaded; when nobody wants it and it takes long, it is killed. */
  async #leaveOrWait(running: Running, signal: AbortSignal): Promise<void> {
    if (!running.abandoned) return unlessAborted(running.settled, signal);
    const patience = Math.max(0, PATIENCE_MS - (performance.now() - running.startedAt));
    await unlessAborted(within(running.settled, patience), signal);
    if (this.#running !== running) return;
    this.#discard(running.engine);
    this.#forget(running);
  }

  #forget(running: Running): void {
    if (this.#running === running) this.#running = undefined;
  }

  async #run(engine: Engine, question: { kind: 'load'; source: string; guestPath: string }) {
    const limit = new AbortController();
    const { process, ready } = engine;
    let callOff = nothing;
    let suspicion: NodeJS.Timeout | undefined;
    try {
      await ready;
      suspicion = setTimeout(() => this.#prepareStandby(question.guestPath), SUSPICIOUS_MS);
      callOff = watchLoading(process.pid, () => {
        limit.abort(algaError('HANDLER_EVALUATION_TIMEOUT', { seconds: LOAD_LIMIT_MS / 1000 }));
      });
      const evaluation = loadReplySchema.parse(await process.ask(question, limit.signal));
      this.#dismissStandby();
      return evaluation;
    } catch (error) {
      this.#discard(engine);
      throw error;
    } finally {
      clearTimeout(suspicion);
      callOff();
    }
  }

  #current(guestPath: string): Engine {
    if (this.#stopped) throw new Error('asked after stop');
    this.#engine ??= this.#standby ?? this.#launch(guestPath);
    if (this.#engine === this.#standby) this.#standby = undefined;
    return this.#engine;
  }

  #prepareStandby(guestPath: string): void {
    if (!this.#stopped) this.#standby ??= this.#launch(guestPath);
  }

  /** It was warmed up for nothing, and is large. */
  #dismissStandby(): void {
    void this.#standby?.process.kill();
    this.#standby = undefined;
  }

  #discard(engine: Engine): void {
    if (this.#engine === engine) this.#engine = undefined;
    void engine.process.kill();
  }

  #launch(guestPath: string): Engine {
    const process = new ToolProcess({
      program: entryPath(import.meta.url, './evaluator-program.js'),
      execArgv: [TAMED_COLLECTOR, ONE_COMPILER_THREAD, EXPOSED_COLLECTOR],
    });
    const ready = this.#giveEngine(process, guestPath);
    ready.catch(nothing);
    return { process, ready };
  }

  /** Most of it is megabytes, which the process reads for itself from where they are kept. */
  async #giveEngine(process: ToolProcess, guestPath: string): Promise<void> {
    const { key: templateKey, dir, engine, bindings, facts, component } = this.#template;
    const limit = AbortSignal.timeout(START_LIMIT_MS);
    if (dir !== undefined) {
      const reply = await process.ask({ kind: 'kept-engine', templateKey, dir, guestPath }, limit);
      if (engineReplySchema.parse(reply).ready) return;
    }
    const base = baseOf(component);
    await process.ask({ kind: 'engine', templateKey, engine, bindings, facts, base, guestPath }, limit);
  }
}

function nothing(): void {}
