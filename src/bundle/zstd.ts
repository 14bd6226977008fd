import { createRequire } from 'node:module';
import { Decompress } from 'fzstd';
import { algaError, textOf } from '../core/errors/alga-error.js';

interface ZstdBindings {
  compress(data: Buffer, level: number): Promise<Buffer>;
}

/**
 * Compresses `data` into one zstd frame on the thread pool. The package's public function ignores
 * the level, its native bindings honour it. Same input and level, same bytes, on every machine: the
 * package is pinned to one version and compresses with one thread.
 */
export function compressZstd(data: Buffer, level: number): Promise<Buffer> {
  const require = createRequire(import.meta.url);
  const bindings = require('@mongodb-js/zstd/bindings.js') as ZstdBindings;
  return bindings.compress(data, level);
}

/** Compressed bytes decoded before other work gets its turn. */
const SLICE_BYTES = 65_536;

/**
 * Decodes zstd from an untrusted source piece by piece. `onBytes` sees the total so far after every
 * block (128 KiB at most) and stops the decoder by throwing, so a bomb never grows past one block.
 * Throws BUNDLE_CORRUPT for damaged or cut-off data.
 */
export async function* decompressZstd(
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
