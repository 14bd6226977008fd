import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { differenceTo, exchange, type MemoryDifference, nonZeroPieces } from './memory-difference.js';

const SIZE = 4096;
const writes = fc.array(fc.tuple(fc.nat(SIZE - 1), fc.nat(255)), { maxLength: 200 });

function memoryWith(values: ReadonlyArray<readonly [number, number]>, size = SIZE): Uint8Array {
  const memory = new Uint8Array(size);
  for (const [at, value] of values) memory[at] = value;
  return memory;
}

function withDifference(base: Uint8Array, difference: MemoryDifference, size: number): Uint8Array {
  const memory = new Uint8Array(size);
  memory.set(base.subarray(0, size));
  exchange(memory, difference);
  return memory;
}

describe('differenceTo and exchange', () => {
  it('give every memory back, from any base, shorter or longer', () => {
    const sizes = fc.constantFrom(0, SIZE / 2, SIZE, SIZE * 2);
    fc.assert(
      fc.property(writes, writes, sizes, (ours, theirs, baseSize) => {
        const memory = memoryWith(ours);
        const base = memoryWith(theirs, SIZE * 2).slice(0, baseSize);
        const restored = withDifference(base, differenceTo(base, memory), memory.length);
        expect(Buffer.compare(restored, memory)).toBe(0);
      }),
    );
  });

  it('can be undone', () => {
    const [base, memory] = [
      memoryWith([
        [5, 1],
        [900, 2],
      ]),
      memoryWith([
        [5, 3],
        [2000, 4],
      ]),
    ];
    const worked = base.slice();
    const undo = exchange(worked, differenceTo(base, memory));
    expect(Buffer.compare(worked, memory)).toBe(0);
    exchange(worked, undo);
    expect(Buffer.compare(worked, base)).toBe(0);
  });

  it('find nothing between equal memories', () => {
    const memory = memoryWith([[7, 1]]);
    expect(differenceTo(memory, memory.slice()).segments).toHaveLength(0);
    expect(nonZeroPieces(new Uint8Array(65_536))).toHaveLength(0);
  });

  it('write zeros where the base has something', () => {
    const base = memoryWith([[100, 9]]);
    expect(differenceTo(base, memoryWith([]))).toEqual({
      segments: Uint32Array.of(100, 4),
      bytes: Buffer.alloc(4),
    });
  });

  it('leave long equal stretches out and short ones in', () => {
    const memory = memoryWith(
      [
        [100, 1],
        [120, 2],
        [40_000, 3],
      ],
      65_536,
    );
    expect([...nonZeroPieces(memory)]).toEqual([100, 24, 40_000, 4]);
  });

  it('join pieces when there would be too many', () => {
    const memory = new Uint8Array(4 * 1024 * 1024);
    for (let at = 0; at < memory.length; at += 128) memory[at] = 1;
    const found = differenceTo(new Uint8Array(0), memory);
    expect(found.segments.length / 2).toBeLessThanOrEqual(20_000);
    expect(Buffer.compare(withDifference(new Uint8Array(0), found, memory.length), memory)).toBe(0);
  });
});
