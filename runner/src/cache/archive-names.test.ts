import { resolve } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ArchiveNames } from './archive-names.js';

const segment = fc.oneof(
  fc.constantFrom('..', '.', '', 'a', 'A', 'ui', 'x.js', '...', 'a..b', '.git', 'C:', 'con', '\0', '\\'),
  fc.string({ maxLength: 8 }),
);

it('accepts only names that stay inside and that no file system takes for one another', () => {
  fc.assert(
    fc.property(fc.array(fc.array(segment, { minLength: 1, maxLength: 5 }), { maxLength: 20 }), (entries) => {
      const names = new ArchiveNames();
      const seen = new Set<string>();
      for (const entry of entries) {
        let name: string | undefined;
        try {
          name = names.accept(entry.join('/'));
        } catch (error) {
          expect(error).toMatchObject({ fault: 'archive' });
        }
        if (name === undefined) continue;
        expect(resolve('/base', name).startsWith('/base/')).toBe(true);
        expect(name.split('/').some((part) => part === '' || part.startsWith('.'))).toBe(false);
        expect(seen.has(name.toLowerCase())).toBe(false);
        seen.add(name.toLowerCase());
      }
    }),
  );
});

it('takes folders as often as they have files', () => {
  const names = new ArchiveNames();
  expect(['./././ui/a.js', 'ui/b.js', 'dist/main.wasm'].map((name) => names.accept(name))).toEqual([
    'ui/a.js',
    'ui/b.js',
    'dist/main.wasm',
  ]);
});
