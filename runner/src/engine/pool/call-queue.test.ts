import { expect, it } from 'vitest';
import { CallQueue, type Place } from './call-queue.js';

const signal = new AbortController().signal;
const limits = { places: 2, max: 2, maxPerExtension: 1, maxWaitMs: 10_000, concurrencyPerExtension: 1 };

it('does not count as waiting who waits for a thread that is not up yet', async () => {
  let threads = 0;
  const queue = new CallQueue<number, undefined>(limits, () => (threads > 0 ? threads-- : undefined));
  const enter = (key: string): Promise<Place<number>> => queue.enter({ key, program: undefined, signal });
  const calls = ['a', 'a', 'b'].map((key) => enter(key));
  await expect(enter('a')).rejects.toThrow('1 calls of this extension are waiting already');
  const last = enter('c');
  await expect(enter('d')).rejects.toThrow('2 calls are waiting already');
  threads = 2;
  queue.advance();
  const first = await calls[0];
  const third = await calls[2];
  expect([queue.running, queue.waiting]).toEqual([2, 2]);
  await expect(enter('d')).rejects.toThrow('2 calls are waiting already');
  threads = 2;
  first?.release();
  third?.release();
  (await calls[1])?.release();
  (await last).release();
  expect([queue.running, queue.waiting]).toEqual([0, 0]);
});
