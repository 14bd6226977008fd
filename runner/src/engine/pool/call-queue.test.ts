import { expect, it } from 'vitest';
import { CallQueue, type Place } from './call-queue.js';

const signal = new AbortController().signal;
const limits = { places: 2, max: 1, maxPerExtension: 1, maxWaitMs: 10_000, concurrencyPerExtension: 1 };

function settled(place: Promise<Place<number>>): Promise<Place<number> | string> {
  return place.catch((error: Error) => error.message);
}

it('does not count as waiting who waits for a thread that is not up yet', async () => {
  let threads = 0;
  const queue = new CallQueue<number, undefined>(limits, () => (threads > 0 ? threads-- : undefined));
  const enter = (key: string): Promise<Place<number>> => queue.enter({ key, program: undefined, signal });
  const calls = ['a', 'a', 'b'].map((key) => enter(key));
  expect(await settled(enter('a'))).toBe('1 calls of this extension are waiting already');
  expect(await settled(enter('c'))).toBe('1 calls are waiting already');
  threads = 2;
  queue.advance();
  const [first, , third] = await Promise.all([calls[0], undefined, calls[2]]);
  expect([queue.running, queue.waiting]).toEqual([2, 1]);
  expect(await settled(enter('c'))).toBe('1 calls are waiting already');
  threads = 1;
  first?.release();
  (await calls[1])?.release();
  third?.release();
  expect([queue.running, queue.waiting]).toEqual([0, 0]);
});
