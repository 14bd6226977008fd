/** A call that waits for its turn. */
export interface QueuedCall<P> {
  /** Calls with the same key count against each other's limits. */
  readonly key: string;
  /** What is to be run, to find a runner that has it warm. */
  readonly program: P;
  readonly signal: AbortSignal;
}

export interface CallQueueLimits {
  /** Calls that can run at the same time. */
  readonly places: number;
  readonly max: number;
  readonly maxPerExtension: number;
  readonly maxWaitMs: number;
  readonly concurrencyPerExtension: number;
}

const STOPPING = 'the runner is stopping';

/** The call is refused: too many wait already, or it has waited too long. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
}

/** The caller went away before the call's turn. */
export class CallAborted extends Error {
  override readonly name = 'CallAborted';
}

interface Waiting<T, P> {
  readonly call: QueuedCall<P>;
  readonly timer: NodeJS.Timeout;
  readonly abort: () => void;
  resolve(place: Place<T>): void;
  reject(error: Error): void;
}

/** A place to run, to be given back. */
export interface Place<T> {
  readonly runner: T;
  release(): void;
}

/**
 * First come, first served, except that no extension of a tenant takes more places than its share:
 * calls beyond it are passed over until one of them ends.
 */
export class CallQueue<T, P> {
  readonly #limits: CallQueueLimits;
  readonly #take: (program: P) => T | undefined;
  readonly #waiting = new Set<Waiting<T, P>>();
  readonly #waitingByKey = new Map<string, number>();
  readonly #runningByKey = new Map<string, number>();
  #running = 0;
  #closed = false;

  /** `take` gives a free runner for a program, or `undefined` when there is none now. */
  constructor(limits: CallQueueLimits, take: (program: P) => T | undefined) {
    this.#limits = limits;
    this.#take = take;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  get running(): number {
    return this.#running;
  }

  /** Waits for a place. Rejects with `Overloaded` or `CallAborted`. */
  async enter(call: QueuedCall<P>): Promise<Place<T>> {
    if (this.#closed) throw new CallAborted(STOPPING);
    if (call.signal.aborted) throw new CallAborted('the caller is gone');
    const { maxWaitMs } = this.#limits;
    const direct = this.#tryPlace(call);
    if (direct !== undefined) return direct;
    this.#refuseBeyondBounds(call.key);
    return await new Promise<Place<T>>((resolve, reject) => {
      const leave = (error: Error): void => {
        this.#remove(waiting);
        reject(error);
      };
      const abort = (): void => leave(new CallAborted('the caller is gone'));
      const timer = setTimeout(() => {
        leave(new Overloaded(`no thread was free within ${maxWaitMs} ms`));
      }, maxWaitMs);
      const waiting: Waiting<T, P> = { call, timer, abort, resolve, reject };
      call.signal.addEventListener('abort', abort, { once: true });
      this.#waiting.add(waiting);
      count(this.#waitingByKey, call.key, 1);
    });
  }

  /** Gives places to those that wait, as long as there are any. */
  advance(): void {
    for (const waiting of this.#waiting) {
      if (this.#atShare(waiting.call.key)) continue;
      const place = this.#tryPlace(waiting.call);
      if (place === undefined) return;
      this.#remove(waiting);
      waiting.resolve(place);
    }
  }

  /** Takes calls again. */
  open(): void {
    this.#closed = false;
  }

  /** Refuses everything that waits, and whatever comes after. */
  close(): void {
    this.#closed = true;
    for (const waiting of [...this.#waiting]) {
      this.#remove(waiting);
      waiting.reject(new CallAborted(STOPPING));
    }
  }

  /**
   * A place whose thread is still starting, or cleaning up after a call, is free all the same: who
   * waits for no more than that does not count as waiting.
   */
  #refuseBeyondBounds(key: string): void {
    const { places, max, maxPerExtension, concurrencyPerExtension } = this.#limits;
    const free = Math.max(0, places - this.#running);
    const share = Math.max(0, concurrencyPerExtension - (this.#runningByKey.get(key) ?? 0));
    if (this.#waiting.size >= max + free) throw new Overloaded(`${max} calls are waiting already`);
    if ((this.#waitingByKey.get(key) ?? 0) >= maxPerExtension + Math.min(free, share)) {
      throw new Overloaded(`${maxPerExtension} calls of this extension are waiting already`);
    }
  }

  #atShare(key: string): boolean {
    return (this.#runningByKey.get(key) ?? 0) >= this.#limits.concurrencyPerExtension;
  }

  #tryPlace({ key, program }: QueuedCall<P>): Place<T> | undefined {
    const runner = this.#atShare(key) ? undefined : this.#take(program);
    if (runner === undefined) return undefined;
    count(this.#runningByKey, key, 1);
    this.#running++;
    let held = true;
    return {
      runner,
      release: () => {
        if (!held) return;
        held = false;
        this.#running--;
        count(this.#runningByKey, key, -1);
        this.advance();
      },
    };
  }

  #remove(waiting: Waiting<T, P>): void {
    clearTimeout(waiting.timer);
    waiting.call.signal.removeEventListener('abort', waiting.abort);
    if (this.#waiting.delete(waiting)) count(this.#waitingByKey, waiting.call.key, -1);
  }
}

function count(counts: Map<string, number>, key: string, change: number): void {
  const next = (counts.get(key) ?? 0) + change;
  if (next === 0) counts.delete(key);
  else counts.set(key, next);
}
