import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MemorySegments, nonZeroSegments } from './memory-segments.js';

function restored({ segments, bytes }: MemorySegments, size: number): Uint8Array {
  const memory = new Uint8Array(size);
  let read = 0;
  for (let at = 0; at < segments.length; at += 2) {
    const length = segments[at + 1] ?? 0;
    memory.set(bytes.subarray(read, read + length), segments[at]);
    read += length;
  }
  return memory;
}

describe('nonZeroSegments', () => {
  it('keeps every byte of any memory', () => {
    const memories = fc.array(fc.tuple(fc.nat(4095), fc.nat(255)), { maxLength: 200 });
    fc.assert(
      fc.property(memories, (writes) => {
        const memory = new Uint8Array(4096);
        for (const [at, value] of writes) memory[at] = value;
        expect(restored(nonZeroSegments(memory.buffer), memory.length)).toEqual(memory);
      }),
    );
  });

  it('leaves long zeros out and short ones in', () => {
    const memory = new Uint8Array(65_536);
    memory.set([1], 100);
    memory.set([2], 120);
    memory.set([3], 40_000);
    const { segments } = nonZeroSegments(memory.buffer);
    expect([...segments]).toEqual([100, 24, 40_000, 4]);
  });

  it('joins pieces when there would be too many', () => {
    const memory = new Uint8Array(4 * 1024 * 1024);
    for (let at = 0; at < memory.length; at += 128) memory[at] = 1;
    const found = nonZeroSegments(memory.buffer);
    expect(found.segments.length / 2).toBeLessThanOrEqual(20_000);
    expect(Buffer.compare(restored(found, memory.length), memory)).toBe(0);
  });

  it('gives nothing for an empty memory', () => {
    expect(nonZeroSegments(new ArrayBuffer(65_536)).segments).toHaveLength(0);
  });
});
