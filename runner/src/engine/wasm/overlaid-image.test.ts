import fc from 'fast-check';
import { expect, test } from 'vitest';
import { imageOver } from './memory-image.js';
import { overlaidImage } from './overlaid-image.js';
import { PAGE_BYTES } from './page.js';

const MAX_PAGES = 4;

const base = (content: Uint8Array) => {
  const memory = new Uint8Array(new SharedArrayBuffer(content.length));
  memory.set(content);
  return { key: 'base', memory: memory.buffer };
};

const layerOf = (writes: ReadonlyArray<readonly [number, Uint8Array]>) => ({
  segments: Uint32Array.from(writes.flatMap(([at, bytes]) => [at, bytes.length])),
  bytes: Buffer.concat(writes.map(([, bytes]) => bytes)),
});

/** Some writes, most of them short, some over several blocks. */
const writesArbitrary = fc.array(
  fc.tuple(
    fc.nat(MAX_PAGES * PAGE_BYTES),
    fc.oneof(
      fc.uint8Array({ maxLength: 8 }),
      fc.integer({ min: 1, max: 20_000 }).map((length) => new Uint8Array(length).fill(length)),
      fc.integer({ min: 1, max: 9_000 }).map((length) => new Uint8Array(length)),
    ),
  ),
  { maxLength: 6 },
);

const memoryArbitrary = fc
  .tuple(fc.integer({ min: 1, max: MAX_PAGES }), writesArbitrary)
  .map(([pages, writes]) => {
    const memory = new Uint8Array(pages * PAGE_BYTES);
    for (const [at, bytes] of writes) if (at + bytes.length <= memory.length) memory.set(bytes, at);
    return memory;
  });

test('a layer over an image gives the image of the memory with the layer written over it', () => {
  fc.assert(
    fc.property(
      memoryArbitrary,
      memoryArbitrary,
      fc.nat(MAX_PAGES),
      writesArbitrary,
      (first, memory, more, all) => {
        const size = memory.length + more * PAGE_BYTES;
        const writes = all.filter(([at, bytes]) => at + bytes.length <= size);
        const expected = new Uint8Array(size);
        expected.set(memory);
        for (const [at, bytes] of writes) expected.set(bytes, at);
        const before = base(first);
        const image = overlaidImage(imageOver(before, memory), size, layerOf(writes));
        const right = imageOver(before, expected);
        expect(image?.size).toBe(size);
        expect(image?.pieces).toEqual(right.pieces);
        expect(Buffer.compare(image?.bytes ?? new Uint8Array(), right.bytes)).toBe(0);
      },
    ),
    { numRuns: 150 },
  );
});

test('a layer that is not whole, or reaches beyond the memory, gives none', () => {
  const first = new Uint8Array(PAGE_BYTES);
  const under = imageOver(base(first), first);
  const bytes = new Uint8Array(8);
  const at = (offset: number, length: number) => ({ segments: Uint32Array.of(offset, length), bytes });
  expect(overlaidImage(under, PAGE_BYTES, at(PAGE_BYTES - 8, 8))).toBeDefined();
  expect(overlaidImage(under, PAGE_BYTES, at(PAGE_BYTES - 7, 8))).toBeUndefined();
  expect(overlaidImage(under, PAGE_BYTES, at(0, 9))).toBeUndefined();
  expect(overlaidImage(under, 0, at(0, 0))).toBeUndefined();
});
