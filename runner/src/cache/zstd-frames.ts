import { BundleError } from './errors.js';

/** Largest window an archive may ask for: the default of the reference decoder. */
const MAX_WINDOW = 128 * 1024 * 1024;
const MAX_BLOCK = 128 * 1024;
/** Blocks of one archive; a compressor fills them, so a bundle at its size limit has some ten thousand. */
const MAX_BLOCKS = 256 * 1024;
const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;

/** A piece of a zstd frame, cut so that decoding it can never give more than `maxOutput` bytes. */
export interface FramePiece {
  readonly bytes: Uint8Array;
  readonly first: boolean;
  readonly last: boolean;
  readonly maxOutput: number;
  /** Window of the frame the piece belongs to. */
  readonly window: number;
}

interface FrameState {
  readonly window: number;
  readonly blockMax: number;
  readonly checksum: boolean;
  header: Uint8Array | undefined;
}

/**
 * Cuts zstd data into its blocks without decoding it. The sizes in headers are checked here, so that
 * a decoder behind it allocates no more than what is allowed, whatever the data claims.
 */
export class ZstdFrameCutter {
  #pending: Buffer = Buffer.alloc(0);
  #frame: FrameState | undefined;
  #skip = 0;
  #blocks = 0;

  /** Takes the next bytes, which must not change any more, and gives the pieces that are complete with them. */
  push(chunk: Uint8Array): FramePiece[] {
    this.#pending =
      this.#pending.length === 0
        ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
        : Buffer.concat([this.#pending, chunk]);
    const pieces: FramePiece[] = [];
    while (this.#step(pieces)) {
      // Goes on until the pending bytes hold no complete part any more.
    }
    return pieces;
  }

  /** To be called at the end of the data; throws when it ended inside a frame. */
  end(): void {
    if (this.#frame !== undefined || this.#skip > 0 || this.#pending.length > 0) {
      throw corrupt('data ends inside a frame');
    }
  }

  #step(pieces: FramePiece[]): boolean {
    if (this.#skip > 0) return this.#skipBytes();
    if (this.#frame === undefined) return this.#readHeader();
    return this.#readBlock(this.#frame, pieces);
  }

  #skipBytes(): boolean {
    const count = Math.min(this.#skip, this.#pending.length);
    this.#take(count);
    this.#skip -= count;
    return count > 0;
  }

  #readHeader(): boolean {
    const data = this.#pending;
    if (data.length < 8) return false;
    this.#count();
    const magic = data.readUInt32LE(0);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      this.#skip = data.readUInt32LE(4);
      this.#take(8);
      return true;
    }
    if (magic !== MAGIC) throw corrupt('not a zstd frame');
    const descriptor = data.readUInt8(4);
    const single = (descriptor & 0x20) !== 0;
    const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
    const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
    const length = 5 + (single ? 0 : 1) + dictionaryBytes + sizeBytes;
    if (data.length < length) return false;
    if (dictionaryBytes > 0) throw corrupt('needs a dictionary');
    const window = single ? contentSize(data, 5, sizeBytes) : windowSize(data.readUInt8(5));
    if (window > MAX_WINDOW) throw corrupt(`asks for a window of ${window} bytes`);
    this.#frame = {
      window,
      blockMax: Math.min(MAX_BLOCK, window),
      checksum: (descriptor & 4) !== 0,
      header: Uint8Array.from(data.subarray(0, length)),
    };
    this.#take(length);
    return true;
  }

  #readBlock(frame: FrameState, pieces: FramePiece[]): boolean {
    if (this.#pending.length < 3) return false;
    const word = this.#pending.readUIntLE(0, 3);
    const last = (word & 1) !== 0;
    const type = (word >> 1) & 3;
    const size = word >> 3;
    if (type === 3) throw corrupt('unknown block type');
    if (size > frame.blockMax) throw corrupt(`block of ${size} bytes`);
    const length = 3 + (type === 1 ? 1 : size) + (last && frame.checksum ? 4 : 0);
    if (this.#pending.length < length) return false;
    this.#count();
    const block = this.#take(length);
    const bytes = frame.header === undefined ? block : Buffer.concat([frame.header, block]);
    const maxOutput = type === 2 ? frame.blockMax : size;
    pieces.push({ bytes, first: frame.header !== undefined, last, maxOutput, window: frame.window });
    frame.header = undefined;
    if (last) this.#frame = undefined;
    return true;
  }

  #count(): void {
    this.#blocks += 1;
    if (this.#blocks > MAX_BLOCKS) throw corrupt('too many blocks');
  }

  #take(count: number): Buffer {
    const taken = this.#pending.subarray(0, count);
    this.#pending = this.#pending.subarray(count);
    return taken;
  }
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function contentSize(data: Buffer, offset: number, bytes: number): number {
  if (bytes === 1) return data.readUInt8(offset);
  if (bytes === 2) return data.readUInt16LE(offset) + 256;
  if (bytes === 4) return data.readUInt32LE(offset);
  return Number(data.readBigUInt64LE(offset));
}

function corrupt(what: string): BundleError {
  return new BundleError('archive', `bundle is not valid zstd: ${what}`);
}
