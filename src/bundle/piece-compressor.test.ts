import { createRequire } from 'node:module';
import { Decompress } from 'fzstd';
import { describe, expect, it } from 'vitest';
import { PieceCompressor } from './piece-compressor.js';

const { decompress } = createRequire(import.meta.url)('@mongodb-js/zstd/bindings.js') as {
  decompress(data: Buffer): Promise<Buffer>;
};

/** Decodes in JavaScript, as a second opinion. */
function decoded(data: Buffer): Buffer {
  const parts: Uint8Array[] = [];
  new Decompress((part) => parts.push(part)).push(data, true);
  return Buffer.concat(parts);
}

/** Numbers that look random and are always the same. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
}

/** Text-like, so that it compresses and repeats its offsets, with a run of equal bytes now and then. */
function content(bytes: number, seed: number): Buffer {
  const next = random(seed);
  const words = Array.from({ length: 300 }, () =>
    Buffer.from(
      next()
        .toString(36)
        .slice(2, 4 + next() * 8),
    ),
  );
  const parts: Buffer[] = [];
  for (let size = 0; size < bytes; ) {
    const run = next() < 0.0005;
    const part = run ? Buffer.alloc(10 + next() * 60, next() * 256) : words[Math.floor(next() * 300)];
    parts.push(part ?? Buffer.alloc(0));
    size += part?.length ?? 0;
  }
  return Buffer.concat(parts).subarray(0, bytes);
}

const noise = (bytes: number): Buffer => {
  const next = random(7);
  return Buffer.from(Array.from({ length: bytes }, () => next() * 256));
};

describe('compressing in pieces', () => {
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a byte', Buffer.from('a')],
    ['one piece', content(200_000, 1)],
    ['zeros', Buffer.alloc(3_000_000)],
    ['a run at the very end', Buffer.concat([content(300_000, 2), Buffer.alloc(40)])],
    ['what cannot be compressed', Buffer.concat([noise(300_000), Buffer.alloc(40), noise(300_000)])],
    ['many pieces', content(5_000_000, 3)],
  ])('gives a frame that two decoders read: %s', async (_, data) => {
    const frame = await new PieceCompressor(1).compress(data);
    expect((await decompress(frame)).equals(data)).toBe(true);
    expect(decoded(frame).equals(data)).toBe(true);
  });

  it('begins every piece as a decoder begins a frame: with the offsets 1, 4 and 8', async () => {
    const next = random(11);
    const filling = noise(262_144);
    // So few letters repeat what is 1, 4 or 8 bytes before at once, ahead of any other match.
    const begin = (): Buffer => {
      const letters = Array.from({ length: 5 + next() * 60 }, () => (next() < 0.5 ? 'a' : 'b'));
      return Buffer.from(`${Math.floor(next() * 1e9)}${letters.join('')}`);
    };
    const data = Buffer.concat(
      Array.from({ length: 40 }, () => [begin(), filling, Buffer.alloc(20, next() * 256)]).flat(),
    );
    const frame = await new PieceCompressor(1).compress(data);
    expect((await decompress(frame)).equals(data)).toBe(true);
    expect(decoded(frame).equals(data)).toBe(true);
  });

  it('gives the same frame whatever it has compressed before', async () => {
    const contents = [3, 4, 5].map((seed) => content(2_000_000, seed));
    const [first, second, third] = contents as [Buffer, Buffer, Buffer];
    // As an edit does: something in the middle is another, and what follows has moved.
    const edits = [
      Buffer.concat([first.subarray(0, 900_000), Buffer.from('an edit'), first.subarray(900_050)]),
      Buffer.concat([first, second]),
      first.subarray(0, 1_500_000),
      Buffer.concat([third, first.subarray(3), second]),
    ];
    const compressor = new PieceCompressor(1);
    for (const data of [...contents, first, ...edits, first]) {
      const frame = await compressor.compress(data);
      expect(frame.equals(await new PieceCompressor(1).compress(data))).toBe(true);
      expect((await decompress(frame)).equals(data)).toBe(true);
    }
  });

  it('does not keep what it was given', async () => {
    const data = content(2_000_000, 8);
    const compressor = new PieceCompressor(1);
    const frame = await compressor.compress(data);
    const other = Buffer.from(data);
    data.fill(1);
    expect((await compressor.compress(other)).equals(frame)).toBe(true);
  });

  it('costs next to nothing of what one frame saves', async () => {
    const data = content(5_000_000, 9);
    const { compressZstd } = await import('./zstd.js');
    const whole = await compressZstd(data, 1);
    expect((await new PieceCompressor(1).compress(data)).length).toBeLessThan(whole.length * 1.03);
  });
});
