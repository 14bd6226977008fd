const MAGIC = 0xfd2fb528;
/** Whatever its kind, the format lets no block hold more than this. */
const MAX_BLOCK = 131_072;

/** What of a frame's header says where its parts lie. */
interface FrameHeader {
  /** Where its blocks begin. */
  readonly blocks: number;
  readonly checksum: boolean;
}

/**
 * The most that zstd data can unpack to, by the sizes of its blocks and without decoding them. Undefined for
 * whatever is not plainly a row of whole frames without a dictionary.
 */
export function unpackedBound(data: Buffer): number | undefined {
  let bound = 0;
  let at = 0;
  while (at < data.length) {
    const header = frameHeader(data, at);
    if (header === undefined) return undefined;
    at = header.blocks;
    for (let last = false; !last; ) {
      if (at + 3 > data.length) return undefined;
      const word = data.readUIntLE(at, 3);
      last = (word & 1) !== 0;
      const type = (word >> 1) & 3;
      const size = word >> 3;
      if (type === 3 || size > MAX_BLOCK) return undefined;
      bound += type === 2 ? MAX_BLOCK : size;
      at += 3 + (type === 1 ? 1 : size);
    }
    at += header.checksum ? 4 : 0;
  }
  return at === data.length && at > 0 ? bound : undefined;
}

function frameHeader(data: Buffer, start: number): FrameHeader | undefined {
  if (start + 18 > data.length || data.readUInt32LE(start) !== MAGIC) return undefined;
  const descriptor = data.readUInt8(start + 4);
  const single = (descriptor & 0x20) !== 0;
  if ((descriptor & 3) !== 0) return undefined;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const checksum = (descriptor & 4) !== 0;
  const blocks = start + 5 + (single ? 0 : 1) + sizeBytes;
  return { blocks, checksum };
}
