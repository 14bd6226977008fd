import { createRequire } from 'node:module';
import { Decompress } from 'fzstd';
import { algaError, textOf } from '../core/errors/alga-error.js';
import { unpackedBound } from './zstd-bound.js';

interface ZstdBindings {
  compress(data: Buffer, level: number): Promise<Buffer>;
  decompress(data: Buffer): Promise<Buffer>;
}

function zstdBindings(): ZstdBindings {
  return createRequire(import.meta.url)('@mongodb-js/zstd/bindings.js') as ZstdBindings;
}

/**
 * Compresses `data` into one zstd frame on the thread pool. The package's public function ignores
 * the level, its native bindings honour it. Same input and level, same bytes, on every machine: the
 * package is pinned to one version and compresses with one thread.
 */
export function compressZstd(data: Buffer, level: number): Promise<Buffer> {
  return zstdBindings().compress(data, level);
}

/** Compressed bytes decoded before other work gets its turn. */
const SLICE_BYTES = 65_536;
/** What can unpack to no more than this is decoded in one go on the thread pool: six times as fast. */
const SMALL_BYTES = 67_108_864;

/**
 * Decodes zstd from an untrusted source piece by piece. `onBytes` sees the total so far after every
 * block (128 KiB at most) and stops the decoder by throwing, so a bomb never grows past one block,
 * or past 64 MiB where its blocks cannot hold more than that together.
 * Throws BUNDLE_CORRUPT for damaged or cut-off data.
 */
export async function* decompressZstd(
  bytes: Uint8Array,
  onBytes: (total: number) => void,
): AsyncGenerator<Uint8Array> {
  const whole = await decompressSmall(bytes);
  if (whole === undefined) {
    yield* decompressInTurns(bytes, onBytes);
    return;
  }
  for (let start = 0; start < whole.length; start += SLICE_BYTES) {
    const block = whole.subarray(start, start + SLICE_BYTES);
    onBytes(start + block.length);
    yield block;
  }
}

/** Undefined for what may be large, and for what is damaged: of that the decoder in turns says what it is. */
async function decompressSmall(bytes: Uint8Array): Promise<Buffer | undefined> {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const bound = unpackedBound(data);
  if (bound === undefined || bound > SMALL_BYTES) return undefined;
  return await zstdBindings()
    .decompress(data)
    .catch(() => undefined);
}

async function* decompressInTurns(
  bytes: Uint8Array,
  onBytes: (total: number) => void,
): AsyncGenerator<Uint8Array> {
  let total = 0;
  let ready: Uint8Array[] = [];
  const decoder = new Decompress((block) => {
    total += block.length;
    onBytes(total);
    if (block.length > 0) ready.push(block);
  });
  for (let start = 0; start < bytes.length || start === 0; start += SLICE_BYTES) {
    const end = Math.min(start + SLICE_BYTES, bytes.length);
    push(decoder, bytes.subarray(start, end), end === bytes.length);
    const blocks = ready;
    ready = [];
    yield* blocks;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function push(decoder: Decompress, slice: Uint8Array, last: boolean): void {
  try {
    decoder.push(slice, last);
  } catch (error) {
    if (error instanceof Error && error.name === 'AlgaError') throw error;
    throw algaError('BUNDLE_CORRUPT', { reason: `zstd: ${textOf(error)}` }, { cause: error });
  }
}
