import fc from 'fast-check';
import { expect, test } from 'vitest';
import { changeImage, imageOver, isSameImage, ownBytes, writeImage } from './memory-image.js';
import { PAGE_BYTES } from './page.js';

const base = (content: Uint8Array, key = 'base') => {
  const memory = new Uint8Array(new SharedArrayBuffer(content.length));
  memory.set(content);
  return { key, memory: memory.buffer };
};

/** Memories of one to four pages, mostly empty. */
const memoryArbitrary = fc
  .tuple(
    fc.integer({ min: 1, max: 4 }),
    fc.array(fc.tuple(fc.nat(4 * PAGE_BYTES - 9), fc.uint8Array({ minLength: 1, maxLength: 8 }))),
  )
  .map(([pages, writes]) => {
    const memory = new Uint8Array(pages * PAGE_BYTES);
    for (const [at, bytes] of writes) if (at + bytes.length <= memory.length) memory.set(bytes, at);
    return memory;
  });

test('an image makes the very memory it was taken of, whatever was there before', () => {
  fc.assert(
    fc.property(memoryArbitrary, memoryArbitrary, (first, memory) => {
      const written = new Uint8Array(memory.length).fill(7);
      writeImage(imageOver(base(first), memory), written);
      expect(Buffer.compare(written, memory)).toBe(0);
    }),
    { numRuns: 60 },
  );
});

test('a memory that holds one image comes to hold another', () => {
  fc.assert(
    fc.property(
      memoryArbitrary,
      memoryArbitrary,
      memoryArbitrary,
      fc.boolean(),
      (first, one, other, same) => {
        const before = base(first);
        const held = imageOver(before, one);
        const next = imageOver(same ? before : base(first, 'other'), other);
        const memory = new Uint8Array(other.length);
        if (held.size === next.size) writeImage(held, memory);
        changeImage(held, next, memory);
        expect(Buffer.compare(memory, other)).toBe(0);
      },
    ),
    { numRuns: 100 },
  );
});

test('images are the same when their memories are, over one base or two', () => {
  fc.assert(
    fc.property(memoryArbitrary, memoryArbitrary, memoryArbitrary, (first, second, memory) => {
      const image = imageOver(base(first), memory);
      expect(isSameImage(image, imageOver(base(first), Uint8Array.from(memory)))).toBe(true);
      expect(isSameImage(image, imageOver(base(second, 'other'), memory))).toBe(true);
      const changed = Uint8Array.from(memory);
      changed[memory.length - 1] = (changed[memory.length - 1] ?? 0) ^ 1;
      expect(isSameImage(image, imageOver(base(first), changed))).toBe(false);
      expect(isSameImage(image, imageOver(base(second, 'other'), changed))).toBe(false);
    }),
    { numRuns: 60 },
  );
});

test('what is as in the base takes no room, and neighbours are one piece', () => {
  const first = new Uint8Array(4 * PAGE_BYTES).fill(1);
  const memory = Uint8Array.from(first).fill(2, 10_000, 20_000);
  const image = imageOver(base(first), memory);
  expect([...image.pieces]).toEqual([8_192, 12_288]);
  expect(ownBytes(image)).toBe(12_288 + 8);
  expect(ownBytes(imageOver(base(first), first))).toBe(0);
});
