import { expect, test } from 'vitest';
import { TokenBuckets } from './token-bucket.js';

test('sixty at once, then one a second, each key for itself', () => {
  let now = 0;
  const buckets = new TokenBuckets(undefined, () => now);
  for (let call = 0; call < 60; call++) expect(buckets.take('a')).toEqual({ allowed: true });
  expect(buckets.take('a')).toEqual({ allowed: false, retryAfterSeconds: 1 });
  expect(buckets.take('b')).toEqual({ allowed: true });
  now += 999;
  expect(buckets.take('a').allowed).toBe(false);
  now += 1;
  expect(buckets.take('a').allowed).toBe(true);
  expect(buckets.take('a').allowed).toBe(false);
  now += 3_600_000;
  for (let call = 0; call < 60; call++) expect(buckets.take('a').allowed).toBe(true);
  expect(buckets.take('a').allowed).toBe(false);
});

test('a slow bucket says how long to wait', () => {
  const buckets = new TokenBuckets({ capacity: 1, refillPerSecond: 0.1 }, () => 0);
  buckets.take('a');
  expect(buckets.take('a')).toEqual({ allowed: false, retryAfterSeconds: 10 });
});
