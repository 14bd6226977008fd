import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ListingWish, listPage } from './listing.js';
import { compareKeys, ObjectIndex } from './object-index.js';
import type { ObjectRecord } from './record.js';

const record = (key: string): ObjectRecord => ({
  key,
  version: '0'.repeat(24),
  size: 0,
  etag: '',
  modified: 0,
  headers: {},
  metadata: {},
});
const sorted = (keys: readonly string[]) => new ObjectIndex(keys.map(record)).sorted();

function walk(
  keys: readonly string[],
  wish: Omit<ListingWish, 'after'>,
): { objects: string[]; prefixes: string[] } {
  const all = { objects: [] as string[], prefixes: [] as string[] };
  for (let after = ''; ; ) {
    const page = listPage(sorted(keys), { ...wish, after });
    all.objects.push(...page.objects.map(({ key }) => key));
    all.prefixes.push(...page.prefixes);
    if (!page.truncated) return all;
    after = page.next ?? '';
  }
}

describe('listPage', () => {
  it('counts objects and prefixes alike and says where to go on', () => {
    const page = listPage(sorted(['a', 'b/1', 'b/2', 'c']), {
      prefix: '',
      delimiter: '/',
      after: '',
      maxKeys: 2,
    });
    expect([page.objects.map(({ key }) => key), page.prefixes, page.next]).toEqual([['a'], ['b/'], 'b/']);
  });

  it('gives nothing, and nothing to go on with, for a limit of none', () => {
    const page = listPage(sorted(['a']), { prefix: '', delimiter: '', after: '', maxKeys: 0 });
    expect(page).toEqual({ objects: [], prefixes: [], truncated: false, next: undefined });
  });

  it('pages of any size give every object and prefix exactly once, in order', () => {
    const key = fc.string({
      unit: fc.constantFrom('a', 'b', '/', 'é', '😀', '\uff5e'),
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(key),
        fc.constantFrom('', 'a', 'a/'),
        fc.constantFrom('', '/'),
        fc.integer({ min: 1, max: 4 }),
        (keys, prefix, delimiter, maxKeys) => {
          const whole = walk(keys, { prefix, delimiter, maxKeys: 1000 });
          expect(walk(keys, { prefix, delimiter, maxKeys })).toEqual(whole);
          expect(whole.objects).toEqual([...whole.objects].sort(compareKeys));
          expect(new Set(whole.prefixes).size).toBe(whole.prefixes.length);
          const covered = keys.filter(
            (k) => whole.objects.includes(k) || whole.prefixes.some((p) => k.startsWith(p)),
          );
          expect(covered.length).toBe(keys.filter((k) => k.startsWith(prefix)).length);
        },
      ),
    );
  });
});
