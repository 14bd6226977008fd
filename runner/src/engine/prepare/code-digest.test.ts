import { expect, test } from 'vitest';
import { CodeDigest } from './code-digest.js';

const large = (seed: number): Uint8Array => new Uint8Array(400_000).fill(seed);
const small = Uint8Array.of(1, 2, 3);

test('equal parts have one digest, also after others and when their memory was used again', () => {
  const digests = new CodeDigest();
  const reused = large(1);
  const first = digests.of([small, reused]);
  reused.fill(9);
  expect(digests.of([small, large(1)])).toBe(first);
  expect(digests.of([small, reused])).not.toBe(first);
  for (const seed of [2, 3, 4]) digests.of([large(seed)]);
  expect(digests.of([small, large(1)])).toBe(first);
  expect(new CodeDigest().of([small, large(1)])).toBe(first);
});

test.each([
  ['another order', [large(1), small]],
  ['another content', [small, large(2)]],
  ['another length', [small, large(1).subarray(1)]],
  ['another border', [Uint8Array.of(1, 2), Uint8Array.of(3), large(1)]],
  ['one more', [small, large(1), small]],
])('%s has another', (_, parts) => {
  const digests = new CodeDigest();
  expect(digests.of(parts)).not.toBe(digests.of([small, large(1)]));
});
