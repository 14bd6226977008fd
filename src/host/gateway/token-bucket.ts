/** Outcome of taking one token. */
export type Taken =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly retryAfterSeconds: number };

/** The product's gateway limit, per tenant and extension. */
export const GATEWAY_BUCKET = { capacity: 60, refillPerSecond: 1 } as const;

/** Buckets that have been full for this long are forgotten. */
const FORGET_AFTER_MS = 120_000;

/** Token buckets by key, in memory. */
export class TokenBuckets {
  readonly #capacity: number;
  readonly #refillPerMs: number;
  readonly #now: () => number;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();
  #sweptAt: number;

  /** `now` gives milliseconds on a clock that never goes back. */
  constructor(
    limits: { capacity: number; refillPerSecond: number } = GATEWAY_BUCKET,
    now: () => number = () => performance.now(),
  ) {
    this.#capacity = limits.capacity;
    this.#refillPerMs = limits.refillPerSecond / 1000;
    this.#now = now;
    this.#sweptAt = now();
  }

  /** Takes one token, or says after how many whole seconds (at least 1) there will be one. */
  take(key: string): Taken {
    const now = this.#now();
    this.#sweep(now);
    const bucket = this.#buckets.get(key) ?? { tokens: this.#capacity, at: now };
    const tokens = Math.min(this.#capacity, bucket.tokens + (now - bucket.at) * this.#refillPerMs);
    const allowed = tokens >= 1;
    this.#buckets.set(key, { tokens: allowed ? tokens - 1 : tokens, at: now });
    if (allowed) return { allowed };
    return { allowed, retryAfterSeconds: Math.max(1, Math.ceil((1 - tokens) / this.#refillPerMs / 1000)) };
  }

  #sweep(now: number): void {
    if (now - this.#sweptAt < FORGET_AFTER_MS) return;
    this.#sweptAt = now;
    for (const [key, { at }] of this.#buckets) if (now - at > FORGET_AFTER_MS) this.#buckets.delete(key);
  }
}
