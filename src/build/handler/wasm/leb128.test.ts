import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BinaryReader } from './binary-reader.js';
import { signedLeb, unsignedLeb } from './leb128.js';

describe('LEB128', () => {
  it('reads back every unsigned number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (value) => {
        expect(new BinaryReader(Uint8Array.from(unsignedLeb(value))).u32()).toBe(value);
      }),
    );
  });

  it('reads back every signed number', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(new BinaryReader(Uint8Array.from(signedLeb(value))).signed()).toBe(value);
      }),
    );
  });

  it('uses the shortest form', () => {
    expect(unsignedLeb(0)).toEqual([0]);
    expect(unsignedLeb(128)).toEqual([0x80, 1]);
    expect(signedLeb(-1n)).toEqual([0x7f]);
    expect(signedLeb(64n)).toEqual([0xc0, 0]);
  });

  it('refuses numbers that never end or are cut off', () => {
    expect(() => new BinaryReader(new Uint8Array(20).fill(0x80)).u32()).toThrow(RangeError);
    expect(() => new BinaryReader(Uint8Array.of(0x80)).u32()).toThrow(RangeError);
    expect(() => new BinaryReader(Uint8Array.of(5, 1)).name()).toThrow(RangeError);
  });
});
