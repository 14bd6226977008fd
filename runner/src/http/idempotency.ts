import { BoundedMap } from '../net/bounded-map.js';
import type { ExecuteWireAnswer } from '../published/wire.js';

export interface IdempotencyOptions {
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly ttlMs: number;
  readonly now?: () => number;
}

/** Who sent a key: the same key of another tenant or extension is another key. */
export interface IdempotencyScope {
  readonly tenantId: string;
  readonly extensionId: string;
  readonly key: string;
}

interface Kept {
  readonly answer: ExecuteWireAnswer;
  readonly until: number;
}

/**
 * Gives a repeated request the answer of the first one. Only answers of a guest are kept, as an
 * error of the runner is worth another try; requests at the same time share one execution.
 */
export class Idempotency {
  readonly #options: IdempotencyOptions;
  readonly #kept: BoundedMap<string, Kept>;
  readonly #running = new Map<string, Promise<ExecuteWireAnswer>>();

  constructor(options: IdempotencyOptions) {
    this.#options = options;
    this.#kept = new BoundedMap({
      maxEntries: options.maxEntries,
      maxWeight: options.maxBytes,
      weigh: ({ answer }) => weightOf(answer),
    });
  }

  /** The kept answer of the key, the one that is being made, or a new one from `execute`. */
  async once(scope: IdempotencyScope, execute: () => Promise<ExecuteWireAnswer>): Promise<ExecuteWireAnswer> {
    const key = JSON.stringify([scope.tenantId, scope.extensionId, scope.key]);
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.until > this.#now()) return kept.answer;
    const running = this.#running.get(key);
    if (running !== undefined) return await running;
    const execution = execute().finally(() => this.#running.delete(key));
    this.#running.set(key, execution);
    const answer = await execution;
    if (answer.error === null) this.#kept.set(key, { answer, until: this.#now() + this.#options.ttlMs });
    return answer;
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }
}

function weightOf(answer: ExecuteWireAnswer): number {
  const headers = Object.entries(answer.headers).reduce(
    (sum, [name, value]) => sum + name.length + value.length,
    0,
  );
  return 512 + headers + (answer.body_b64?.length ?? 0);
}
