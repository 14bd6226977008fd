import { BLOCK_BYTES, eachPiece, imageOfBlocks, type MemoryBlock, type MemoryImage } from './memory-image.js';

/** Content that is written over a memory. */
export interface Layer {
  /** Offset in memory and length of each segment, alternating, ascending. */
  readonly segments: Uint32Array;
  /** The segments one after the other. */
  readonly bytes: Uint8Array;
}

/**
 * The image of a memory of `size` bytes, whole pages, that starts as another image's and has a layer written over it.
 * It is the one that `imageOver` gives for that memory, found without making it: only what either of the two touches
 * is looked at. `size` is at least the image's, and what lies beyond that is empty. Undefined when the layer is not
 * whole or reaches beyond the memory.
 */
export function overlaidImage(under: MemoryImage, size: number, layer: Layer): MemoryImage | undefined {
  if (size < under.size || !fits(layer, size)) return undefined;
  const { base } = under;
  // A base can be larger than the image over it, and holds something where the memory goes on empty.
  const kept = Math.min(under.size, base.memory.byteLength);
  const emptied = Math.min(size, base.memory.byteLength) - kept;
  const touched = new TouchedBlocks(size, [
    ...rangesOf(under.pieces),
    ...rangesOf(layer.segments),
    [kept, emptied],
  ]);
  touched.load(new Uint8Array(base.memory, 0, kept));
  eachPiece(under.pieces, under.bytes, (at, content) => touched.write(at, content));
  eachPiece(layer.segments, layer.bytes, (at, content) => touched.write(at, content));
  return imageOfBlocks(base, size, touched.blocks());
}

function fits({ segments, bytes }: Layer, size: number): boolean {
  let total = 0;
  for (let index = 0; index + 1 < segments.length; index += 2) {
    const length = segments[index + 1] ?? 0;
    if ((segments[index] ?? 0) + length > size) return false;
    total += length;
  }
  return total <= bytes.length;
}

/** The blocks of a memory that something is written to, and their content, one after the other. */
class TouchedBlocks {
  /** Where the content of each block begins; -1 for those that nothing touches. */
  readonly #starts: Int32Array;
  readonly #contents: Uint8Array;

  /** `ranges`: offset and length of all that will be written. */
  constructor(size: number, ranges: ReadonlyArray<readonly [number, number]>) {
    this.#starts = new Int32Array(size / BLOCK_BYTES).fill(-1);
    for (const [at, length] of ranges) {
      if (length > 0) this.#starts.fill(0, blockOf(at), blockOf(at + length - 1) + 1);
    }
    let end = 0;
    for (const [block, touched] of this.#starts.entries()) {
      if (touched < 0) continue;
      this.#starts[block] = end;
      end += BLOCK_BYTES;
    }
    this.#contents = new Uint8Array(end);
  }

  /** Gives every block what a memory holds there, or nothing beyond its end. */
  load(memory: Uint8Array): void {
    for (const { at, content } of this.blocks()) content.set(memory.subarray(at, at + BLOCK_BYTES));
  }

  /** Writes within one of the ranges. All of its blocks lie side by side here too. */
  write(at: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const block = blockOf(at);
    this.#contents.set(bytes, (this.#starts[block] ?? 0) + at - block * BLOCK_BYTES);
  }

  /** All of them, ascending. */
  blocks(): MemoryBlock[] {
    const blocks: MemoryBlock[] = [];
    for (const [block, start] of this.#starts.entries()) {
      if (start < 0) continue;
      const content = this.#contents.subarray(start, start + BLOCK_BYTES);
      blocks.push({ at: block * BLOCK_BYTES, content });
    }
    return blocks;
  }
}

function blockOf(at: number): number {
  return Math.floor(at / BLOCK_BYTES);
}

/** Offset and length of each piece. */
function rangesOf(pieces: Uint32Array): [number, number][] {
  const ranges: [number, number][] = [];
  for (let index = 0; index + 1 < pieces.length; index += 2) {
    ranges.push([pieces[index] ?? 0, pieces[index + 1] ?? 0]);
  }
  return ranges;
}
