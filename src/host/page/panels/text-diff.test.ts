import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diffLines } from './text-diff.js';

test('shows what went and what came', () => {
  expect(diffLines('a\nb\nc', 'a\nx\nc\nd')).toEqual([
    { kind: 'same', text: 'a' },
    { kind: 'removed', text: 'b' },
    { kind: 'added', text: 'x' },
    { kind: 'same', text: 'c' },
    { kind: 'added', text: 'd' },
  ]);
});

test('holds both texts, whatever they are', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', '')).map((lines) => lines.join('\n'));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = diffLines(before, after) ?? [];
      const side = (gone: string): string =>
        lines
          .filter(({ kind }) => kind !== gone)
          .map((line) => line.text)
          .join('\n');
      expect([side('added'), side('removed')]).toEqual([before, after]);
    }),
  );
});

test('leaves very long texts alone', () => {
  expect(diffLines('x\n'.repeat(2000), 'y')).toBeUndefined();
});
