import type { Preparation, PreparationInput } from './preparation.js';

/** Native code takes about twice the bytes it is made from, which are kept as well. */
const CODE_FACTOR = 3;

export interface ProgramCacheOptions {
  readonly maxBytes: number;
  prepare(input: PreparationInput): Promise<Preparation>;
  /** A program was dropped to make room. */
  onEvicted(hash: string): void;
}

interface Entry {
  readonly preparation: Preparation;
  readonly componentHash: string | undefined;
  /** Unix milliseconds. */
  readonly usedAt: number;
}

/** Prepared components, the least recently used dropped first. One preparation for concurrent first calls. */
export class ProgramCache {
  readonly #options: ProgramCacheOptions;
  /** Of those used in the same millisecond, the one used last comes last. */
  readonly #entries = new Map<string, Entry>();
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

  /** Reckoned memory: each program's own data, and what all of a shape share once. */
  get bytes(): number {
    const shapes = new Set<string>();
    let sum = 0;
    for (const { preparation } of this.#entries.values()) {
      const { shape, stateBytes, baseBytes, codeBytes } = preparation;
      sum += stateBytes + (shapes.has(shape.key) ? 0 : baseBytes + codeBytes * CODE_FACTOR);
      shapes.add(shape.key);
    }
    return sum;
  }

  /**
   * The program of a component, prepared now when it is not there. `usedAt`: when it was last used, in Unix
   * milliseconds; unset is now. Rejects with what `prepare` throws.
   */
  async get(input: PreparationInput, usedAt?: number): Promise<Preparation> {
    const known = this.#entries.get(input.hash)?.preparation ?? this.#ofSameComponent(input);
    if (known !== undefined) {
      this.#hits++;
      return this.#keep(input, known, usedAt);
    }
    this.#misses++;
    return this.#keep(input, await (this.#pending.get(input.hash) ?? this.#prepare(input)), usedAt);
  }

  /** Notes that instances of a shape can be restored. */
  markRestorable(key: string): void {
    for (const [hash, entry] of this.#entries) {
      const { preparation } = entry;
      const { shape } = preparation;
      if (shape.key === key) {
        const restorable = { ...preparation, shape: { ...shape, restorable: true } };
        this.#entries.set(hash, { ...entry, preparation: restorable });
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
    const pending = this.#options.prepare(input).finally(() => this.#pending.delete(input.hash));
    this.#pending.set(input.hash, pending);
    return pending;
  }

  /** Bundles that differ only beside their component, in their UI for example, share what was made of it. */
  #ofSameComponent({ hash, componentHash, sourceMapFile }: PreparationInput): Preparation | undefined {
    if (componentHash === undefined) return undefined;
    const same = [...this.#entries.values()].find((entry) => entry.componentHash === componentHash);
    if (same === undefined) return undefined;
    const { preparation } = same;
    return { ...preparation, state: { ...preparation.state, hash, sourceMapFile } };
  }

  #keep({ hash, componentHash }: PreparationInput, prepared: Preparation, usedAt = Date.now()): Preparation {
    const known = this.#entries.get(hash);
    const preparation = known?.preparation ?? prepared;
    this.#entries.delete(hash);
    this.#entries.set(hash, { preparation, componentHash, usedAt: Math.max(known?.usedAt ?? 0, usedAt) });
    this.#shrink();
    return preparation;
  }

  /** One is kept in any case. */
  #shrink(): void {
    while (this.#entries.size > 1 && this.bytes > this.#options.maxBytes) {
      const [oldest] = [...this.#entries].reduce((one, other) =>
        other[1].usedAt < one[1].usedAt ? other : one,
      );
      this.#entries.delete(oldest);
      this.#options.onEvicted(oldest);
    }
  }
}
