import { createRequire } from 'node:module';
import fc from 'fast-check';
import { Decompress } from 'fzstd';
import { expect, it } from 'vitest';
import { type FramePiece, ZstdFrameCutter } from './zstd-frames.js';

const zstd = createRequire(import.meta.url)('@mongodb-js/zstd/bindings.js') as {
  compress(data: Buffer, level: number): Promise<Buffer>;
};

function cut(data: Buffer, step: number): FramePiece[] {
  const cutter = new ZstdFrameCutter();
  const pieces: FramePiece[] = [];
  for (let at = 0; at < data.length; at += step) pieces.push(...cutter.push(data.subarray(at, at + step)));
  cutter.end();
  return pieces;
}

function decode(pieces: readonly FramePiece[]): Buffer {
  const parts: Uint8Array[] = [];
  let decoder = new Decompress();
  for (const piece of pieces) {
    if (piece.first) decoder = new Decompress((bytes) => parts.push(bytes));
    const before = parts.length;
    decoder.push(piece.bytes, piece.last);
    const output = parts.slice(before).reduce((sum, bytes) => sum + bytes.length, 0);
    expect(output).toBeLessThanOrEqual(piece.maxOutput);
  }
  return Buffer.concat(parts);
}

it('cuts any frames, fed in any steps, into pieces that decode to the same bytes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.string(), fc.integer({ min: 0, max: 40_000 })), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 5000 }),
      fc.constantFrom(1, 3, 10),
      async (parts, step, level) => {
        const contents = parts.map(([text, times]) => Buffer.from(text.repeat(Math.min(times, 20_000))));
        const frames = await Promise.all(contents.map((content) => zstd.compress(content, level)));
        expect(decode(cut(Buffer.concat(frames), step)).equals(Buffer.concat(contents))).toBe(true);
      },
    ),
    { numRuns: 30 },
  );
});

it('leaves out skippable frames', async () => {
  const frame = await zstd.compress(Buffer.from('content'), 3);
  const skippable = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  expect(decode(cut(Buffer.concat([skippable, frame, skippable]), 2)).toString()).toBe('content');
});

it('throws for data that is cut short', async () => {
  const frame = await zstd.compress(Buffer.alloc(1000, 'abc'), 3);
  for (const length of [3, 8, frame.length - 1]) {
    expect(() => cut(frame.subarray(0, length), 100)).toThrow('ends inside a frame');
  }
});

it('never fails in another way than by refusing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (tail) => {
      const data = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), tail]);
      try {
        cut(data, 7);
      } catch (error) {
        expect(error).toMatchObject({ name: 'BundleError', fault: 'archive' });
      }
    }),
  );
});
