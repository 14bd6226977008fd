import { describe, expect, it } from 'vitest';
import type { Preparation, PreparationInput } from './preparation.js';
import { ProgramCache } from './program-cache.js';

function input(hash: string): PreparationInput {
  return { kind: 'component', hash, file: hash, sourceMapFile: undefined };
}

/** A cache for `room` programs, each with a shape of its own. */
function cacheFor(room: number): { cache: ProgramCache; evicted: string[] } {
  const evicted: string[] = [];
  const cache = new ProgramCache({
    maxBytes: room * 100,
    prepare: async ({ hash }): Promise<Preparation> => ({
      shape: { key: hash, root: { definitions: [] }, modules: [], restorable: false },
      state: { hash, shape: hash, images: [], globals: [], sourceMapFile: undefined },
      codeBytes: 0,
      baseBytes: 0,
      stateBytes: 100,
    }),
    onEvicted: (hash) => evicted.push(hash),
  });
  return { cache, evicted };
}

describe('a full cache of programs', () => {
  it('drops the one used longest ago', async () => {
    const { cache, evicted } = cacheFor(2);
    for (const hash of ['a', 'b', 'a', 'c']) await cache.get(input(hash));
    expect(evicted).toEqual(['b']);
    expect([cache.hits, cache.misses, cache.size]).toEqual([1, 3, 2]);
  });

  it('keeps what was used last, in whatever order programs are made ready', async () => {
    const { cache, evicted } = cacheFor(2);
    const usedAt = { a: 4000, b: 3000, c: 2000, d: 1000 };
    await Promise.all(Object.entries(usedAt).map(([hash, at]) => cache.get(input(hash), at)));
    expect(evicted).toEqual(['c', 'd']);
    await cache.get(input('e'));
    expect(evicted).toEqual(['c', 'd', 'b']);
  });

  it('keeps the only one, however large', async () => {
    const { cache, evicted } = cacheFor(0);
    await cache.get(input('a'));
    expect([cache.size, evicted]).toEqual([1, []]);
  });
});
