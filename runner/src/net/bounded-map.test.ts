import { describe, expect, it } from 'vitest';
import { BoundedMap } from './bounded-map.js';

describe('BoundedMap', () => {
  it('forgets the least recently used entry', () => {
    const map = new BoundedMap<string, number>({ maxEntries: 2 });
    map.set('a', 1);
    map.set('b', 2);
    map.get('a');
    map.set('c', 3);
    expect(map.entries()).toEqual([
      ['a', 1],
      ['c', 3],
    ]);
  });

  it('holds the weight bound, whatever is replaced or deleted', () => {
    const map = new BoundedMap<string, string>({
      maxEntries: 10,
      maxWeight: 10,
      weigh: (text) => text.length,
    });
    map.set('a', '12345');
    map.set('b', '12345');
    map.set('a', '123');
    expect([map.size, map.weight]).toEqual([2, 8]);
    map.set('c', '123456');
    expect(map.entries().map(([key]) => key)).toEqual(['a', 'c']);
    map.delete('a');
    expect(map.weight).toBe(6);
    map.set('huge', '12345678901');
    expect(map.entries().map(([key]) => key)).toEqual(['c']);
    map.set('c', '12345678901');
    expect([map.size, map.weight]).toEqual([0, 0]);
  });
});
