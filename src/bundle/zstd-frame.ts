const MAGIC = 0xfd2fb528;
const MIN_WINDOW_LOG = 10;
const BLOCK_HEAD_BYTES = 3;
const COMPRESSED_BLOCK = 2;

/** The blocks of a zstd frame, and the window (bytes) that decoding them takes. */
export interface FrameBlocks {
  readonly blocks: Buffer;
  readonly window: number;
}

/**
 * Takes a frame of the compressor apart (RFC 8878, 3.1.1). With `goesOn` its last block is no longer marked as the
 * last one; `frame` is written to. Throws for what the compressor never makes.
 */
export function blocksOf(frame: Buffer, goesOn: boolean): FrameBlocks {
  const descriptor = frame.readUInt8(4);
  if (frame.readUInt32LE(0) !== MAGIC || (descriptor & 0b111) !== 0)
    throw new Error('an unexpected zstd frame');
  const single = (descriptor & 0x20) !== 0;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const begin = 5 + (single ? 0 : 1) + sizeBytes;
  const window = single ? sizeOf(frame, sizeBytes) : windowOf(frame.readUInt8(5));
  for (let at = begin; ; ) {
    const head = frame.readUIntLE(at, BLOCK_HEAD_BYTES);
    // A block of one repeated byte holds just that.
    const length = ((head >> 1) & 3) === 1 ? 1 : head >> 3;
    if ((head & 1) === 1) {
      if (goesOn) frame.writeUIntLE(head & ~1, at, BLOCK_HEAD_BYTES);
      return { blocks: frame.subarray(begin, at + BLOCK_HEAD_BYTES + length), window };
    }
    at += BLOCK_HEAD_BYTES + length;
  }
}

/** One frame of the blocks of several, which must be able to stand one behind the other; see {@link forgettingBlocks}. */
export function frameOf(parts: readonly FrameBlocks[], size: number): Buffer {
  const window = Math.max(...parts.map((part) => part.window));
  const windowLog = Math.max(MIN_WINDOW_LOG, Math.ceil(Math.log2(window)));
  const head = Buffer.alloc(10);
  head.writeUInt32LE(MAGIC, 0);
  // The content's size follows in four bytes; no checksum, no dictionary.
  head.writeUInt8(0x80, 4);
  head.writeUInt8((windowLog - MIN_WINDOW_LOG) << 3, 5);
  head.writeUInt32LE(size, 6);
  return Buffer.concat([head, ...parts.map((part) => part.blocks)]);
}

/** Number of equal bytes that {@link forgettingBlocks} stand for. */
export const FORGETTING_BYTES = 20;

/**
 * Blocks that stand for a run of one byte and leave the decoder as it is at the start of a frame, so that blocks
 * may follow which were compressed as a frame of their own. What a compressor takes for granted there are the three
 * last offsets, 1, 4 and 8 (RFC 8878, 3.1.1.5): here the run is made by copying from 8, then 4, then 1 bytes before.
 * Tables of an earlier block are never asked for again by the first ones of a frame.
 */
export function forgettingBlocks(byte: number): Buffer {
  return Buffer.concat([
    // 8 equal literals, 4 bytes from 8 before: offset 11 - 3, of code 3 and the bits 011 (behind the end mark).
    block([(8 << 3) | 1, byte, ...sequences(1, { literals: 8, offset: 3 }), 0b1011]),
    // No literals, 4 bytes from 4 before and 4 from 1 before: 7 - 3 and 4 - 3, of code 2 and the bits 11 and 00.
    block([0, ...sequences(2, { literals: 0, offset: 2 }), 0b11100]),
  ]);
}

/** Head of sequences that share their codes, each given once instead of a table. */
function sequences(count: number, codes: { literals: number; offset: number }): number[] {
  const sharedCodes = 0b01010100;
  const fourBytes = 1;
  return [count, sharedCodes, codes.literals, codes.offset, fourBytes];
}

function block(bytes: readonly number[]): Buffer {
  const head = Buffer.alloc(BLOCK_HEAD_BYTES);
  head.writeUIntLE((bytes.length << 3) | (COMPRESSED_BLOCK << 1), 0, BLOCK_HEAD_BYTES);
  return Buffer.concat([head, Buffer.from(bytes)]);
}

function windowOf(descriptor: number): number {
  const base = 2 ** (MIN_WINDOW_LOG + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** The content's size, which is the window of a frame that is one segment. */
function sizeOf(frame: Buffer, bytes: number): number {
  if (bytes === 8) return Number(frame.readBigUInt64LE(5));
  return frame.readUIntLE(5, bytes) + (bytes === 2 ? 256 : 0);
}
