import type { HotPayload } from 'vite';
import { describe, expect, it } from 'vitest';
import { SentPayloads } from './sent-payloads.js';

const update = (path: string): HotPayload => ({ type: 'prune', paths: [path] });
const numbersOf = (payloads: HotPayload[]) => payloads.map((payload) => Reflect.get(payload, 'alga'));

describe('SentPayloads', () => {
  it('gives a new page its place, and one that was cut what it has missed', () => {
    const sent = new SentPayloads();
    expect(numbersOf(sent.greeting(undefined))).toEqual([0]);
    expect(sent.add(update('/a'))).toEqual({ type: 'prune', paths: ['/a'], alga: 1 });
    sent.add(update('/b'));
    expect(numbersOf(sent.greeting(undefined))).toEqual([2]);
    expect(numbersOf(sent.greeting(2))).toEqual([2]);
    expect(numbersOf(sent.greeting(0))).toEqual([1, 2, 2]);
  });

  it('does not count what concerns one moment only', () => {
    const sent = new SentPayloads();
    expect(sent.add({ type: 'ping' })).toEqual({ type: 'ping' });
    expect(numbersOf(sent.greeting(0))).toEqual([0]);
  });

  it.each([Number.NaN, 0, 202])(
    'has a page that says %s loaded anew when that cannot be told any more',
    (heard) => {
      const sent = new SentPayloads();
      for (let i = 0; i < 201; i++) sent.add(update(`/${i}`));
      expect(sent.greeting(heard)).toEqual([{ type: 'full-reload', path: '*' }]);
      expect(sent.greeting(1)).toHaveLength(201);
    },
  );
});
