/** Bounds of a `BoundedMap`; all of them hold at any time. */
export interface BoundedMapOptions<V> {
  readonly maxEntries: number;
  /** Together with `weigh`: bound on the summed weight of all values. */
  readonly maxWeight?: number;
  readonly weigh?: (value: V) => number;
}

/** A map that forgets its least recently used entries instead of growing beyond its bounds. */
export class BoundedMap<K, V> {
  readonly #entries = new Map<K, { value: V; weight: number }>();
  readonly #options: BoundedMapOptions<V>;
  #weight = 0;

  constructor(options: BoundedMapOptions<V>) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  get weight(): number {
    return this.#weight;
  }

  /** The value, which becomes the most recently used one. */
  get(key: K): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** Stores a value; one that alone exceeds the weight bound is not kept, and nothing makes room for it. */
  set(key: K, value: V): void {
    this.delete(key);
    const weight = this.#options.weigh?.(value) ?? 0;
    if (weight > (this.#options.maxWeight ?? Number.POSITIVE_INFINITY)) return;
    this.#entries.set(key, { value, weight });
    this.#weight += weight;
    this.#shrink();
  }

  /** Keys and values, least recently used first. */
  entries(): Array<[K, V]> {
    return [...this.#entries].map(([key, entry]) => [key, entry.value]);
  }

  delete(key: K): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#weight -= entry.weight;
    return this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
    this.#weight = 0;
  }

  #shrink(): void {
    const maxWeight = this.#options.maxWeight ?? Number.POSITIVE_INFINITY;
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= this.#options.maxEntries && this.#weight <= maxWeight) return;
      this.delete(key);
    }
  }
}
