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

/** What is compared at once; a piece is one or more of them. A page of memory is a multiple. */
const BLOCK_BYTES = 4_096;
/** Compared first: most of a memory is as it was. */
const REGION_BYTES = 65_536;

const ZEROS = new Uint8Array(REGION_BYTES);

/** Writes an image over the whole of a memory of its size. */
export function writeImage({ size, base, pieces, bytes }: MemoryImage, memory: Uint8Array): void {
  const shared = Math.min(size, base.memory.byteLength);
  memory.set(new Uint8Array(base.memory, 0, shared));
  if (shared < size) memory.fill(0, shared);
  let from = 0;
  for (let at = 0; at + 1 < pieces.length; at += 2) {
    const length = pieces[at + 1] ?? 0;
    memory.set(bytes.subarray(from, from + length), pieces[at] ?? 0);
    from += length;
  }
}

/** The image of a memory, whose size is whole pages; the memory can be used for other things afterwards. */
export function imageOver(base: ImageBase, memory: Uint8Array): MemoryImage {
  const pieces = differentPieces(new Uint8Array(base.memory), memory);
  const total = pieces.reduce((sum, value, index) => (index % 2 === 0 ? sum : sum + value), 0);
  const bytes = new Uint8Array(new SharedArrayBuffer(total));
  let to = 0;
  for (let at = 0; at + 1 < pieces.length; at += 2) {
    const [offset, length] = [pieces[at] ?? 0, pieces[at + 1] ?? 0];
    bytes.set(memory.subarray(offset, offset + length), to);
    to += length;
  }
  const shared = new Uint32Array(new SharedArrayBuffer(4 * pieces.length));
  shared.set(pieces);
  return { size: memory.length, base, pieces: shared, bytes };
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

function differentPieces(base: Uint8Array, memory: Uint8Array): number[] {
  const pieces: number[] = [];
  for (let region = 0; region < memory.length; region += REGION_BYTES) {
    if (isSame(part(memory, region, REGION_BYTES), partOrZeros(base, region, REGION_BYTES))) continue;
    const end = Math.min(region + REGION_BYTES, memory.length);
    for (let at = region; at < end; at += BLOCK_BYTES) {
      if (isSame(part(memory, at, BLOCK_BYTES), partOrZeros(base, at, BLOCK_BYTES))) continue;
      const last = pieces.length - 2;
      if (last >= 0 && (pieces[last] ?? 0) + (pieces[last + 1] ?? 0) === at) {
        pieces[last + 1] = (pieces[last + 1] ?? 0) + BLOCK_BYTES;
      } else {
        pieces.push(at, BLOCK_BYTES);
      }
    }
  }
  return pieces;
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
