import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { compressZstd } from './zstd.js';
import { unpackedBound } from './zstd-bound.js';

const BLOCK = 131_072;

test.each([
  ['random bytes', randomBytes(300_000)],
  ['text', Buffer.from('word '.repeat(100_000))],
  ['zeros', Buffer.alloc(10 * 1_048_576)],
])('%s unpack to no more than the bound, which is near', async (_, data) => {
  const bound = unpackedBound(await compressZstd(data, 3)) ?? 0;
  expect(bound).toBeGreaterThanOrEqual(data.length);
  expect(bound).toBeLessThan(data.length + 2 * BLOCK);
});

test('frames in a row are bounded together', async () => {
  const frame = await compressZstd(randomBytes(200_000), 3);
  expect(unpackedBound(Buffer.concat([frame, frame]))).toBe(2 * (unpackedBound(frame) ?? 0));
});

test('what is cut off, goes on, or is something else has no bound', async () => {
  const frame = await compressZstd(randomBytes(200_000), 3);
  const others = [frame.subarray(0, -1), Buffer.concat([frame, Buffer.alloc(30)]), Buffer.alloc(0)];
  for (const data of [...others, randomBytes(100)]) expect(unpackedBound(data)).toBeUndefined();
});
