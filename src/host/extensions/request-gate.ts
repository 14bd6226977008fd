import type { RegistryId } from '../../core/ids.js';

/** How long a request waits for a handler that is being made. */
const PATIENCE_MS = 30_000;

interface Hold {
  readonly released: Promise<void>;
  readonly release: () => void;
  holders: number;
}

/** Makes requests of an extension wait while its handler is being replaced. */
export class RequestGate {
  readonly #holds = new Map<RegistryId, Hold>();
  /** Requests that had to wait and are not over. */
  readonly #late = new Map<RegistryId, Set<Promise<unknown>>>();
  readonly #patienceMs: number;

  constructor(patienceMs = PATIENCE_MS) {
    this.#patienceMs = patienceMs;
  }

  /** Closes the gate for an extension; it opens when every hold has been released. */
  hold(registryId: RegistryId): () => void {
    const hold = this.#holds.get(registryId) ?? newHold();
    hold.holders += 1;
    this.#holds.set(registryId, hold);
    let released = false;
    return () => {
      if (released) return;
      released = true;
      hold.holders -= 1;
      if (hold.holders > 0) return;
      this.#holds.delete(registryId);
      hold.release();
    };
  }

  /** Resolves when the gate is open, or when the patience is over. */
  async passed(registryId: RegistryId): Promise<void> {
    const deadline = performance.now() + this.#patienceMs;
    for (let hold = this.#holds.get(registryId); hold; hold = this.#holds.get(registryId)) {
      const left = deadline - performance.now();
      if (left <= 0 || !(await within(hold.released, left))) return;
    }
  }

  /** Runs a request when the gate is open. Rejects as it does. */
  async through<T>(registryId: RegistryId, request: () => Promise<T>): Promise<T> {
    if (!this.#holds.has(registryId)) return request();
    const late = this.#late.get(registryId) ?? new Set();
    this.#late.set(registryId, late);
    const running = this.passed(registryId).then(request);
    late.add(running);
    try {
      return await running;
    } finally {
      late.delete(running);
      if (late.size === 0) this.#late.delete(registryId);
    }
  }

  /** Resolves when every request that has had to wait until now is over. */
  async caughtUp(registryId: RegistryId): Promise<void> {
    await Promise.allSettled(this.#late.get(registryId) ?? []);
  }

  /** Opens everything, for the end of the session. */
  openAll(): void {
    for (const hold of this.#holds.values()) hold.release();
    this.#holds.clear();
  }
}

function newHold(): Hold {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { released, release: () => release(), holders: 0 };
}

/** Whether a promise resolved within that many milliseconds. */
async function within(promise: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const inTime = await Promise.race([promise.then(() => true), late]);
  clearTimeout(timer);
  return inTime;
}
