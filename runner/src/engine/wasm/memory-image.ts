/** A memory that the images of many components are differences to. */
export interface ImageBase {
  /** Equal for the same base, wherever it was sent to. */
  readonly key: string;
  readonly memory: SharedArrayBuffer;
}

/**
 * What a memory holds before anything runs, as a difference: components that were built on one engine hold mostly
 * the same. All of it is shared between threads.
 */
export interface MemoryImage {
  /** Of the memory, in bytes. */
  readonly size: number;
  readonly base: ImageBase;
  /** Offset and length of each piece that is written over the base, alternating, ascending. */
  readonly pieces: Uint32Array;
  /** The pieces one after the other. */
  readonly bytes: Uint8Array;
}

/** A part of a memory, of `BLOCK_BYTES`, at a multiple of that. */
export interface MemoryBlock {
  readonly at: number;
  readonly content: Uint8Array;
}

/** What is compared at once; a piece is one or more of them. A page of memory is a multiple. */
export const BLOCK_BYTES = 4_096;
/** Compared first: most of a memory is as it was. */
const REGION_BYTES = 65_536;

const ZEROS = new Uint8Array(REGION_BYTES);

/** Goes through pieces and their bytes: `visit` gets where one lies and what it holds. */
export function eachPiece(
  pieces: Uint32Array,
  bytes: Uint8Array,
  visit: (at: number, content: Uint8Array) => void,
): void {
  let from = 0;
  for (let index = 0; index + 1 < pieces.length; index += 2) {
    const length = pieces[index + 1] ?? 0;
    visit(pieces[index] ?? 0, bytes.subarray(from, from + length));
    from += length;
  }
}

/** Writes an image over the whole of a memory of its size. */
export function writeImage({ size, base, pieces, bytes }: MemoryImage, memory: Uint8Array): void {
  const shared = Math.min(size, base.memory.byteLength);
  memory.set(new Uint8Array(base.memory, 0, shared));
  if (shared < size) memory.fill(0, shared);
  eachPiece(pieces, bytes, (at, content) => memory.set(content, at));
}

/** Makes a memory that holds one image hold another. Over one base only what the two differ by is written. */
export function changeImage(from: MemoryImage, to: MemoryImage, memory: Uint8Array): void {
  if (from.base.key !== to.base.key || from.size !== to.size) {
    writeImage(to, memory);
    return;
  }
  const base = new Uint8Array(from.base.memory);
  eachPiece(from.pieces, from.bytes, (at, { length }) => {
    memory.set(part(base, at, length), at);
    if (at + length > base.length) memory.fill(0, Math.max(at, base.length), at + length);
  });
  eachPiece(to.pieces, to.bytes, (at, content) => memory.set(content, at));
}

/** The image of a memory, whose size is whole pages; the memory can be used for other things afterwards. */
export function imageOver(base: ImageBase, memory: Uint8Array): MemoryImage {
  return imageOfBlocks(base, memory.length, blocksToCompare(base, memory));
}

/** The image of a memory of `size` bytes, of which these blocks, ascending, may differ from the base. */
export function imageOfBlocks(base: ImageBase, size: number, blocks: Iterable<MemoryBlock>): MemoryImage {
  const before = new Uint8Array(base.memory);
  const different = [...blocks].filter(
    ({ at, content }) => !isSame(content, partOrZeros(before, at, BLOCK_BYTES)),
  );
  const bytes = new Uint8Array(new SharedArrayBuffer(different.length * BLOCK_BYTES));
  const pieces: number[] = [];
  for (const [index, { at, content }] of different.entries()) {
    bytes.set(content, index * BLOCK_BYTES);
    const last = pieces.length - 2;
    if (last >= 0 && (pieces[last] ?? 0) + (pieces[last + 1] ?? 0) === at) {
      pieces[last + 1] = (pieces[last + 1] ?? 0) + BLOCK_BYTES;
    } else {
      pieces.push(at, BLOCK_BYTES);
    }
  }
  const shared = new Uint32Array(new SharedArrayBuffer(4 * pieces.length));
  shared.set(pieces);
  return { size, base, pieces: shared, bytes };
}

/** Whether two images over bases of the same engine make the same memory. */
export function isSameImage(one: MemoryImage, other: MemoryImage): boolean {
  if (one.size !== other.size) return false;
  if (one.base.key === other.base.key) {
    return isSame(bytesOf(one.pieces), bytesOf(other.pieces)) && isSame(one.bytes, other.bytes);
  }
  const [memory, otherMemory] = [new Uint8Array(one.size), new Uint8Array(other.size)];
  writeImage(one, memory);
  writeImage(other, otherMemory);
  return isSame(memory, otherMemory);
}

/** Bytes that are an image's own. */
export function ownBytes({ pieces, bytes }: MemoryImage): number {
  return pieces.byteLength + bytes.byteLength;
}

function* blocksToCompare({ memory: before }: ImageBase, memory: Uint8Array): Iterable<MemoryBlock> {
  const base = new Uint8Array(before);
  for (let region = 0; region < memory.length; region += REGION_BYTES) {
    if (isSame(part(memory, region, REGION_BYTES), partOrZeros(base, region, REGION_BYTES))) continue;
    const end = Math.min(region + REGION_BYTES, memory.length);
    for (let at = region; at < end; at += BLOCK_BYTES) {
      yield { at, content: part(memory, at, BLOCK_BYTES) };
    }
  }
}

function part(bytes: Uint8Array, at: number, length: number): Uint8Array {
  return bytes.subarray(at, at + length);
}

/** Beyond its end a base holds what a new memory holds. */
function partOrZeros(base: Uint8Array, at: number, length: number): Uint8Array {
  return at < base.length ? part(base, at, length) : part(ZEROS, 0, length);
}

function bytesOf(values: Uint32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
