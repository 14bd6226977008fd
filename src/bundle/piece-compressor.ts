import { compressZstd } from './zstd.js';
import { blocksOf, FORGETTING_BYTES, type FrameBlocks, forgettingBlocks, frameOf } from './zstd-frame.js';

/** No piece is smaller, but for the last one: each begins without knowing what came before it. */
const MIN_PIECE_BYTES = 256 * 1024;
/** A run of equal bytes that is long enough to be cut in has two of these steps in it. */
const STEP = FORGETTING_BYTES / 2;

interface Piece extends FrameBlocks {
  readonly content: Buffer;
  readonly isLast: boolean;
}

/**
 * Compresses contents of which most is what the one before was made of: the engine in a component stays the same
 * from save to save. A content is cut at runs of equal bytes, so that the cuts depend on nothing but the bytes around
 * them, and a piece of the content before is not compressed again. What comes out is one zstd frame, the same for
 * the same content whatever came before it.
 */
export class PieceCompressor {
  readonly #level: number;
  #known: readonly Piece[] = [];

  constructor(level: number) {
    this.#level = level;
  }

  /** One frame, whose decoding gives `content`, which is not kept. */
  async compress(content: Buffer): Promise<Buffer> {
    const pieces: (Piece | Promise<Piece>)[] = [];
    for (let at = 0; at < content.length || pieces.length === 0; ) {
      const known = this.#knownAt(content, at);
      const end = at + (known?.content.length ?? pieceLength(content.subarray(at)));
      pieces.push(known ?? this.#compressed(content.subarray(at, end), end === content.length));
      at = end;
    }
    const compressed = await Promise.all(pieces);
    this.#known = compressed;
    return frameOf(compressed, content.length);
  }

  #knownAt(content: Buffer, at: number): Piece | undefined {
    return this.#known.find(({ content: known, isLast }) => {
      const end = at + known.length;
      if (isLast ? end !== content.length : end >= content.length) return false;
      return known.compare(content, at, end) === 0;
    });
  }

  async #compressed(content: Buffer, isLast: boolean): Promise<Piece> {
    const kept = Buffer.from(content);
    const compress = async (part: Buffer): Promise<FrameBlocks> =>
      blocksOf(await compressZstd(part, this.#level), !isLast);
    if (isLast) return { content: kept, isLast, ...(await compress(kept)) };
    const { blocks, window } = await compress(kept.subarray(0, -FORGETTING_BYTES));
    const forgetting = forgettingBlocks(kept.readUInt8(kept.length - 1));
    return { content: kept, isLast, window, blocks: Buffer.concat([blocks, forgetting]) };
  }
}

/** Length of the first piece of a content: up to and with the first run of equal bytes behind its least length. */
function pieceLength(content: Buffer): number {
  for (let at = MIN_PIECE_BYTES + STEP; at < content.length; at += STEP) {
    const byte = content[at];
    if (byte !== content[at - STEP]) continue;
    let start = at;
    while (start > MIN_PIECE_BYTES && content[start - 1] === byte) start -= 1;
    let end = at + 1;
    while (end < start + FORGETTING_BYTES && content[end] === byte) end += 1;
    if (end === start + FORGETTING_BYTES) return end;
  }
  return content.length;
}
