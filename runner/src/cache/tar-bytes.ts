import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { text } from '../net/text.js';
import { BundleError } from './errors.js';
import { type FramePiece, ZstdFrameCutter } from './zstd-frames.js';

/** Archives that are and unpack to less than this are decoded in one go on the thread pool. */
const SMALL_BYTES = 64 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;
/** What is only looked through is not copied but where two of these parts meet. */
const SCAN_BYTES = 4 * 1024 * 1024;
/** What is decoded already is hashed and written in larger parts: each of them waits for its turn in the thread pool. */
const PART_BYTES = 1024 * 1024;
/**
 * The streaming decoder moves its whole window at every block. This bounds the sum of those moves,
 * so that many tiny blocks under a large window cannot keep a processor busy for hours.
 */
const MAX_WINDOW_MOVES = 96 * 1024 ** 3;
/** Decoding goes on this long before other work of the thread gets its turn. */
const TURN_MS = 8;

/**
 * Reads a small archive whole; undefined when it is not small, or may unpack to more than a small
 * one. Throws `BundleError` for data that is not zstd.
 */
export async function readSmall(archive: string): Promise<Buffer | undefined> {
  if ((await stat(archive)).size > SMALL_BYTES) return undefined;
  const data = await readFile(archive);
  return isSmall(data) ? data : undefined;
}

/** Whether an archive can be decoded in one go. Throws `BundleError` for data that is not zstd. */
export function isSmall(data: Buffer): boolean {
  const cutter = new ZstdFrameCutter();
  let output = 0;
  for (let at = 0; at < data.length; at += SCAN_BYTES) {
    for (const piece of cutter.push(data.subarray(at, at + SCAN_BYTES))) output += piece.maxOutput;
  }
  cutter.end();
  return data.length <= SMALL_BYTES && output <= SMALL_BYTES;
}

/** The tar of a small archive, decoded by native code: the frame headers have bounded its size. */
export async function decodeSmall(data: Buffer, maxBytes: number): Promise<Buffer> {
  const { decompress } = await import('@mongodb-js/zstd');
  const tar = await decompress(data).catch((error: unknown) => {
    throw corrupt(error);
  });
  if (tar.length > maxBytes) throw tooLarge(maxBytes);
  return tar;
}

/** A tar that is decoded already, in the parts it is hashed and written in. */
export function* partsOf(tar: Buffer): Generator<Buffer> {
  for (let at = 0; at < tar.length; at += PART_BYTES) yield tar.subarray(at, at + PART_BYTES);
}

/** The tar of any archive, decoded block by block; never holds more than the window and a block. */
export async function* decodeLarge(archive: string, maxBytes: number): AsyncGenerator<Uint8Array> {
  const cutter = new ZstdFrameCutter();
  const decoder = await createDecoder(maxBytes);
  let turnEnds = performance.now() + TURN_MS;
  for await (const chunk of createReadStream(archive, { highWaterMark: CHUNK_BYTES })) {
    for (const piece of cutter.push(chunk as Buffer)) {
      yield* decoder(piece);
      if (performance.now() < turnEnds) continue;
      await turn();
      turnEnds = performance.now() + TURN_MS;
    }
  }
  cutter.end();
}

/** A decoder of pieces that throws once the output or the work for it exceeds its bound. */
async function createDecoder(maxBytes: number): Promise<(piece: FramePiece) => Uint8Array[]> {
  const { Decompress } = await import('fzstd');
  let output: Uint8Array[] = [];
  let frame = new Decompress();
  let total = 0;
  let moved = 0;
  return (piece) => {
    output = [];
    if (piece.first) frame = new Decompress((bytes) => output.push(bytes));
    moved += piece.window;
    if (moved > MAX_WINDOW_MOVES) throw new BundleError('archive', 'bundle needs too much work to unpack');
    try {
      frame.push(piece.bytes, piece.last);
    } catch (error) {
      throw corrupt(error);
    }
    total += output.reduce((sum, bytes) => sum + bytes.length, 0);
    if (total > maxBytes) throw tooLarge(maxBytes);
    return output;
  };
}

function corrupt(error: unknown): BundleError {
  return new BundleError('archive', `bundle is not valid zstd: ${text(error)}`, { cause: error });
}

function tooLarge(maxBytes: number): BundleError {
  return new BundleError('too_large', `bundle unpacks to more than ${maxBytes} bytes`);
}
