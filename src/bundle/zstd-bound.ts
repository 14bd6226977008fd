import { BLOCK_HEAD_BYTES, blockAt, COMPRESSED_BLOCK, frameHeader, MAX_HEADER_BYTES } from './zstd-frame.js';

/** Whatever its kind, the format lets no block hold more than this. */
const MAX_BLOCK = 131_072;

/**
 * The most that zstd data can unpack to, by the sizes of its blocks and without decoding them. Undefined for
 * whatever is not plainly a row of whole frames without a dictionary.
 */
export function unpackedBound(data: Buffer): number | undefined {
  let bound = 0;
  let at = 0;
  while (at < data.length) {
    if (at + MAX_HEADER_BYTES > data.length) return undefined;
    const header = frameHeader(data, at);
    if (header === undefined || header.dictionary) return undefined;
    at = header.blocks;
    for (let isLast = false; !isLast; ) {
      if (at + BLOCK_HEAD_BYTES > data.length) return undefined;
      const { last, kind, size, end } = blockAt(data, at);
      if (kind > COMPRESSED_BLOCK || size > MAX_BLOCK) return undefined;
      bound += kind === COMPRESSED_BLOCK ? MAX_BLOCK : size;
      isLast = last;
      at = end;
    }
    at += header.checksum ? 4 : 0;
  }
  return at === data.length && at > 0 ? bound : undefined;
}
