const MAGIC = 0xfd2fb528;
/** Of a frame, with its magic number. */
export const MAX_HEADER_BYTES = 18;
const MIN_WINDOW_LOG = 10;
export const BLOCK_HEAD_BYTES = 3;
/** Kinds of blocks. */
const REPEATED_BYTE_BLOCK = 1;
export const COMPRESSED_BLOCK = 2;

/** The blocks of a zstd frame, and the window (bytes) that decoding them takes. */
export interface FrameBlocks {
  readonly blocks: Buffer;
  readonly window: number;
}

/** What a frame's header says. The longest one has {@link MAX_HEADER_BYTES}. */
export interface FrameHeader {
  /** Where its blocks begin. */
  readonly blocks: number;
  /** In bytes. */
  readonly window: number;
  readonly checksum: boolean;
  /** Whether it says which dictionary it needs. */
  readonly dictionary: boolean;
}

/** The header of the frame that begins at `start` (RFC 8878, 3.1.1.1); undefined where none begins. */
export function frameHeader(data: Buffer, start: number): FrameHeader | undefined {
  if (data.readUInt32LE(start) !== MAGIC) return undefined;
  const descriptor = data.readUInt8(start + 4);
  const single = (descriptor & 0x20) !== 0;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  return {
    blocks: start + 5 + (single ? 0 : 1) + sizeBytes,
    window: single ? sizeAt(data, start + 5, sizeBytes) : windowOf(data.readUInt8(start + 5)),
    checksum: (descriptor & 4) !== 0,
    dictionary: (descriptor & 3) !== 0,
  };
}

/** The block that begins at a place: whether it is the last one, its kind, the size it names, and where it ends. */
export function blockAt(
  data: Buffer,
  at: number,
): { last: boolean; kind: number; size: number; end: number } {
  const head = data.readUIntLE(at, BLOCK_HEAD_BYTES);
  const kind = (head >> 1) & 3;
  const size = head >> 3;
  const length = kind === REPEATED_BYTE_BLOCK ? 1 : size;
  return { last: (head & 1) === 1, kind, size, end: at + BLOCK_HEAD_BYTES + length };
}

/**
 * Takes a frame of the compressor apart. With `goesOn` its last block is no longer marked as the last one; `frame` is
 * written to. Throws for what the compressor never makes.
 */
export function blocksOf(frame: Buffer, goesOn: boolean): FrameBlocks {
  const header = frameHeader(frame, 0);
  if (header === undefined || header.checksum || header.dictionary)
    throw new Error('an unexpected zstd frame');
  for (let at = header.blocks; ; ) {
    const { last, end } = blockAt(frame, at);
    if (last) {
      if (goesOn) frame.writeUInt8(frame.readUInt8(at) & ~1, at);
      return { blocks: frame.subarray(header.blocks, end), window: header.window };
    }
    at = end;
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
function sizeAt(data: Buffer, at: number, bytes: number): number {
  if (bytes === 8) return Number(data.readBigUInt64LE(at));
  return data.readUIntLE(at, bytes) + (bytes === 2 ? 256 : 0);
}
