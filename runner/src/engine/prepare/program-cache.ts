import type { Preparation, PreparationInput } from './preparation.js';

/** Native code takes about twice the bytes it is made from, which are kept as well. */
const CODE_FACTOR = 3;

export interface ProgramCacheOptions {
  readonly maxBytes: number;
  prepare(input: PreparationInput): Promise<Preparation>;
  /** A program was dropped to make room. */
  onEvicted(hash: string): void;
}

/** Prepared components, the least recently used dropped first. One preparation for concurrent first calls. */
export class ProgramCache {
  readonly #options: ProgramCacheOptions;
  /** In the order of their last use. */
  readonly #entries = new Map<string, Preparation>();
  readonly #pending = new Map<string, Promise<Preparation>>();
  #hits = 0;
  #misses = 0;

  constructor(options: ProgramCacheOptions) {
    this.#options = options;
  }

  get hits(): number {
    return this.#hits;
  }

  get misses(): number {
    return this.#misses;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Reckoned memory: each program's own data, and the code of each shape once. */
  get bytes(): number {
    const shapes = new Set<string>();
    let sum = 0;
    for (const { shape, stateBytes, codeBytes } of this.#entries.values()) {
      sum += stateBytes + (shapes.has(shape.key) ? 0 : codeBytes * CODE_FACTOR);
      shapes.add(shape.key);
    }
    return sum;
  }

  /** The program of a component, prepared now when it is not there. Rejects with what `prepare` throws. */
  async get(input: PreparationInput): Promise<Preparation> {
    const known = this.#entries.get(input.hash);
    if (known === undefined) {
      this.#misses++;
      return await (this.#pending.get(input.hash) ?? this.#prepare(input));
    }
    this.#hits++;
    this.#entries.delete(input.hash);
    this.#entries.set(input.hash, known);
    return known;
  }

  /** Notes that instances of a shape can be restored. */
  markRestorable(key: string): void {
    for (const [hash, preparation] of this.#entries) {
      const { shape } = preparation;
      if (shape.key === key) {
        this.#entries.set(hash, { ...preparation, shape: { ...shape, restorable: true } });
      }
    }
  }

  forget(hash: string): void {
    this.#entries.delete(hash);
  }

  clear(): void {
    this.#entries.clear();
  }

  #prepare(input: PreparationInput): Promise<Preparation> {
    const pending = this.#options
      .prepare(input)
      .then((preparation) => {
        this.#keep(input.hash, preparation);
        return preparation;
      })
      .finally(() => this.#pending.delete(input.hash));
    this.#pending.set(input.hash, pending);
    return pending;
  }

  #keep(hash: string, preparation: Preparation): void {
    this.#entries.set(hash, preparation);
    for (const oldest of this.#entries.keys()) {
      if (oldest === hash || this.bytes <= this.#options.maxBytes) return;
      this.#entries.delete(oldest);
      this.#options.onEvicted(oldest);
    }
  }
}
