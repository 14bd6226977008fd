import { describe, expect, it } from 'vitest';
import { decodeImage, encodeImage, type HeapImage } from './heap-image.js';

const image: HeapImage = {
  templateKey: 'k'.repeat(64),
  memoryPages: 145,
  globals: [{ index: 0, value: -(2n ** 62n) }],
  segments: Uint32Array.of(16, 3, 4_294_901_760, 2),
  bytes: Uint8Array.of(1, 2, 3, 4, 5),
};

describe('encodeImage and decodeImage', () => {
  it('give the same image back', () => {
    const decoded = decodeImage(Buffer.concat(encodeImage(image)));
    expect(decoded).toEqual({ ...image, bytes: Buffer.from(image.bytes) });
  });

  it('reads from the middle of a larger buffer', () => {
    const file = Buffer.concat([Buffer.alloc(7), ...encodeImage(image)]);
    expect(decodeImage(file.subarray(7))?.segments).toEqual(image.segments);
  });

  it('does not take other bytes for an image', () => {
    const file = Buffer.concat(encodeImage(image));
    expect(decodeImage(new Uint8Array(0))).toBeUndefined();
    expect(decodeImage(Buffer.from('not an image at all'))).toBeUndefined();
    expect(decodeImage(file.subarray(0, 40))).toBeUndefined();
    expect(decodeImage(Buffer.concat([Buffer.of(2, 0, 0, 0), Buffer.from('{}')]))).toBeUndefined();
  });
});
