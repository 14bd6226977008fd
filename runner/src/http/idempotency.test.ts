import { expect, it } from 'vitest';
import { Idempotency, type IdempotencyOptions } from './idempotency.js';

const SCOPE = { tenantId: 't', extensionId: 'e' };

function store(options: Partial<IdempotencyOptions>) {
  const clock = { now: 0 };
  const subject = new Idempotency({
    ...{ maxEntries: 100, maxBytes: 1_000_000, ttlMs: 1_000_000, now: () => clock.now },
    ...options,
  });
  let runs = 0;
  /** Gives the number of the run that made the answer. */
  const ask = async (key: string, bytes = 0): Promise<number> => {
    const answer = await subject.once({ ...SCOPE, key }, () => {
      runs += 1;
      const headers = { run: String(runs) };
      return Promise.resolve({ status: 200, headers, body_b64: 'A'.repeat(bytes), error: null });
    });
    return Number(answer.headers.run);
  };
  return { ask, clock };
}

it('keeps an answer for its time, and no longer', async () => {
  const { ask, clock } = store({ ttlMs: 1000 });
  expect(await ask('a')).toBe(1);
  clock.now = 999;
  expect(await ask('a')).toBe(1);
  clock.now = 1000;
  expect(await ask('a')).toBe(2);
});

it('keeps no more bytes than its bound: the answers asked for longest ago go first', async () => {
  const { ask } = store({ maxBytes: 100_000 });
  for (const key of ['a', 'b', 'c']) await ask(key, 30_000);
  expect(await ask('a', 30_000)).toBe(1);
  expect(await ask('d', 30_000)).toBe(4);
  expect([await ask('a', 30_000), await ask('c', 30_000)]).toEqual([1, 3]);
  expect(await ask('b', 30_000)).toBe(5);
});

it('does not keep an answer that alone is over the bound, nor drop others for it', async () => {
  const { ask } = store({ maxBytes: 100_000 });
  expect([await ask('small', 10), await ask('huge', 200_000)]).toEqual([1, 2]);
  expect([await ask('small', 10), await ask('huge', 200_000)]).toEqual([1, 3]);
});
