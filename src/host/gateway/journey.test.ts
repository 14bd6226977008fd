import { expect, test } from 'vitest';
import { limitNotes } from './journey.js';

test.each([
  [1.5 * 1024 * 1024, 15_000, []],
  [1.5 * 1024 * 1024 + 1, 0, ['1.5 MiB']],
  [undefined, 15_001, ['15 seconds']],
  [2 * 1024 * 1024, 20_000, ['1.5 MiB', '15 seconds']],
])('a body of %s bytes and %i ms are remarked with %j', (bytes, ms, words) => {
  const notes = limitNotes(bytes === undefined ? undefined : Buffer.alloc(bytes), ms);
  expect(notes).toEqual(words.map((word) => expect.stringContaining(word)));
});
