import type { ProgramState } from '../worker/protocol.js';
import { GuestRunner, type GuestRunnerOptions } from './guest-runner.js';

export interface GuestPoolOptions
  extends Omit<GuestRunnerOptions, 'onCreated' | 'onDone' | 'onReady' | 'onGone'> {
  /** Most threads that run guests at the same time. */
  readonly workers: number;
  /** A thread may have become free. */
  onFree(): void;
}

/** Threads kept when there is nothing to do: one to run, one to stand by when that one is ended. */
const IDLE_THREADS = 2;
/** How long threads beyond those stay without a call. */
const IDLE_MS = 30_000;
/** The second thread is started when the start is over, or with the first call. */
const STANDBY_DELAY_MS = 100;

/**
 * The threads that run guests. There is always one more than needed, so that the call after a thread was
 * ended finds another one up; more are started as calls come, up to the limit, and let go when idle.
 */
export class GuestPool {
  readonly #options: GuestPoolOptions;
  readonly #starting = new Set<GuestRunner>();
  /** Free threads, the longest idle first. */
  readonly #free = new Set<GuestRunner>();
  /** Threads that run a call, and those that clean up after one. */
  readonly #busy = new Set<GuestRunner>();
  readonly #cleaning = new Set<GuestRunner>();
  #idleTimer: NodeJS.Timeout | undefined;
  #standbyTimer: NodeJS.Timeout | undefined;
  #stopped = true;
  #replaced = 0;
  #created = 0;

  constructor(options: GuestPoolOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#all().length;
  }

  /** Threads ended and replaced since the start. */
  get replaced(): number {
    return this.#replaced;
  }

  /** Instances of guests made since the start. */
  get created(): number {
    return this.#created;
  }

  /** Resolves when the first thread is up. */
  async start(): Promise<void> {
    this.#stopped = false;
    await new Promise<void>((resolve, reject) => {
      this.#spawn(resolve, reject);
    });
    this.#standbyTimer = setTimeout(() => this.#grow(), STANDBY_DELAY_MS).unref();
  }

  /** Ends all threads and the calls they run. Idempotent. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#idleTimer);
    clearTimeout(this.#standbyTimer);
    this.#idleTimer = undefined;
    await Promise.all(this.#all().map((runner) => runner.stop()));
  }

  /**
   * Takes a free thread for a call: one that served the component last if possible, else one whose
   * instance has the same code, else the one used last. `undefined` when there is none now; `onFree` is
   * called when there may be.
   */
  take(state: ProgramState): GuestRunner | undefined {
    if (this.#busy.size >= this.#options.workers) return undefined;
    const chosen = this.#bestFor(state);
    if (chosen !== undefined) {
      this.#free.delete(chosen);
      this.#busy.add(chosen);
    }
    this.#grow();
    return chosen;
  }

  #bestFor({ hash, shape }: ProgramState): GuestRunner | undefined {
    let best: GuestRunner | undefined;
    let worth = -1;
    for (const runner of this.#free) {
      const { served } = runner;
      const likeness = served?.hash === hash ? 2 : served?.shape === shape ? 1 : 0;
      if (likeness < worth) continue;
      best = runner;
      worth = likeness;
    }
    return best;
  }

  each(visit: (runner: GuestRunner) => void): void {
    for (const runner of this.#all()) visit(runner);
  }

  #all(): GuestRunner[] {
    return [...this.#starting, ...this.#free, ...this.#busy, ...this.#cleaning];
  }

  /** Starts a thread when no other is free or on its way, or fewer are up than even rest needs. */
  #grow(): void {
    const spare = this.#free.size + this.#starting.size;
    if (this.#stopped || (spare > 0 && this.size >= IDLE_THREADS)) return;
    if (this.size <= this.#options.workers) this.#spawn();
  }

  #spawn(onReady?: () => void, onLost?: (error: Error) => void): void {
    const runner = new GuestRunner({
      ...this.#options,
      onCreated: () => {
        this.#created++;
      },
      onDone: (done) => {
        this.#busy.delete(done);
        this.#cleaning.add(done);
        this.#options.onFree();
      },
      onReady: (ready) => {
        this.#ready(ready);
        onReady?.();
      },
      onGone: (gone) => {
        const failedStart = this.#starting.has(gone);
        this.#gone(gone);
        if (failedStart) onLost?.(new Error('a guest thread cannot be started'));
      },
    });
    this.#starting.add(runner);
  }

  #ready(runner: GuestRunner): void {
    this.#starting.delete(runner);
    this.#cleaning.delete(runner);
    this.#free.add(runner);
    this.#idleTimer ??= setTimeout(() => this.#shrink(), IDLE_MS).unref();
    this.#options.onFree();
  }

  #gone(runner: GuestRunner): void {
    const failedStart = this.#starting.delete(runner);
    const sets = [this.#free, this.#busy, this.#cleaning];
    const wasInUse = sets.some((set) => set.delete(runner));
    if (this.#stopped) return;
    if (wasInUse) this.#replaced++;
    // A thread that cannot even start is not tried again before the next call wants one.
    if (!failedStart) this.#grow();
    this.#options.onFree();
  }

  /** Lets go of threads that had nothing to do. */
  #shrink(): void {
    this.#idleTimer = undefined;
    const [first] = this.#free;
    if (this.size > IDLE_THREADS && first !== undefined && this.#free.size > 1) {
      this.#free.delete(first);
      void first.stop();
      this.#idleTimer = setTimeout(() => this.#shrink(), IDLE_MS).unref();
    }
  }
}
