import { randomUUID } from 'node:crypto';
import { BoundedMap } from '../../net/bounded-map.js';
import { type ImageBase, imageOver, type MemoryImage } from '../wasm/memory-image.js';

/** Engines whose first memory is kept. */
const MAX_BASES = 16;
const MAX_BASES_BYTES = 256 * 1024 * 1024;
/** A larger memory to work in is given back. */
const MAX_WORKING_BYTES = 32 * 1024 * 1024;

/**
 * Makes images of memories. The first one of some code is kept whole; every further one, of the versions that a day
 * of saves brings, as its difference to that: some hundred kilobytes instead of megabytes.
 */
export class ImageBases {
  readonly #bases = new BoundedMap<string, ImageBase>({
    maxEntries: MAX_BASES,
    maxWeight: MAX_BASES_BYTES,
    weigh: ({ memory }) => memory.byteLength,
  });
  /** Used again and again: a fresh one costs more than comparing it. */
  #working = new Uint8Array(0);

  /**
   * The image of a memory of `size` bytes that belongs to the code named `code`. `fill` writes all of it: what it is
   * given may hold anything.
   */
  image(code: string, size: number, fill: (memory: Uint8Array) => void): MemoryImage {
    const memory = this.#memory(size);
    fill(memory);
    return imageOver(this.#baseFor(code, memory), memory);
  }

  #baseFor(code: string, memory: Uint8Array): ImageBase {
    const known = this.#bases.get(code);
    if (known !== undefined) return known;
    const copy = new Uint8Array(new SharedArrayBuffer(memory.length));
    copy.set(memory);
    const base = { key: randomUUID(), memory: copy.buffer };
    this.#bases.set(code, base);
    return base;
  }

  #memory(size: number): Uint8Array {
    if (size > MAX_WORKING_BYTES) return new Uint8Array(size);
    if (this.#working.length < size) this.#working = new Uint8Array(size);
    return this.#working.subarray(0, size);
  }
}
