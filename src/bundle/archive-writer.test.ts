import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readBundle } from './archive-reader.js';
import { compressionAt, packBundle } from './archive-writer.js';
import type { BundleEntry } from './bundle-entry.js';

const entry = (name: string, text: string): BundleEntry => ({ name, content: Buffer.from(text) });

const segment = fc.stringMatching(/^[a-z0-9_é][a-z0-9_-]{0,20}$/);
const entriesArbitrary = fc
  .uniqueArray(fc.tuple(segment, fc.uint8Array({ maxLength: 3000 })), {
    minLength: 1,
    maxLength: 12,
    selector: ([name]) => name,
  })
  .map((pairs) => pairs.map(([name, content]) => ({ name: `ui/${name}.js`, content })));

test('the order of the input does not change a byte, and what was packed is read back', async () => {
  const shuffled = entriesArbitrary.chain((entries) =>
    fc.tuple(fc.constant(entries), fc.shuffledSubarray(entries, { minLength: entries.length })),
  );
  await fc.assert(
    fc.asyncProperty(shuffled, async ([entries, other]) => {
      const packed = await packBundle(entries);
      expect((await packBundle(other)).bytes.equals(packed.bytes)).toBe(true);
      const read = await readBundle(packed.bytes);
      const sorted = [...entries].sort((a, b) => (a.name < b.name ? -1 : 1));
      expect(read.map((one) => one.name)).toEqual(sorted.map((one) => one.name));
      expect(read.every((one, at) => Buffer.from(sorted[at]?.content ?? []).equals(one.content))).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('the same content has the same hash on every machine and every day', async () => {
  const packed = await packBundle([
    entry('manifest.json', '{"name":"com.example.demo"}'),
    entry('ui/index.html', '<!doctype html>'),
  ]);
  expect(packed.contentHash).toBe('sha256:3ad21052681fe8df0d63f4c9c6c1c31876a444a8d0004f5d48dcd9c14884b362');
  expect(packed.entries).toEqual([
    { name: 'manifest.json', size: 27 },
    { name: 'ui/index.html', size: 15 },
  ]);
});

test('the hash is the hash of the bytes that are handed out', async () => {
  const packed = await packBundle([entry('manifest.json', '{}')]);
  expect(packed.contentHash).toBe(`sha256:${createHash('sha256').update(packed.bytes).digest('hex')}`);
});

test('a higher level makes a smaller file with the same content', async () => {
  const text = Array.from({ length: 20_000 }, (_, n) => `${(n * 7919) % 4001}`).join(' ');
  const entries = [entry('ui/index.html', text)];
  const fast = await packBundle(entries, compressionAt(1));
  const small = await packBundle(entries, compressionAt(19));
  expect(small.bytes.length).toBeLessThan(fast.bytes.length);
  expect(await readBundle(small.bytes)).toEqual(await readBundle(fast.bytes));
});

test('a name longer than a plain tar header survives', async () => {
  const name = `ui/${'folder-with-a-long-name/'.repeat(10)}file.js`;
  const packed = await packBundle([entry(name, 'x')]);
  expect((await readBundle(packed.bytes)).map((one) => one.name)).toEqual([name]);
});

test.each([
  ['ui/../../etc/passwd', 'BUNDLE_NAME_REFUSED'],
  ['ui/a..b.js', 'BUNDLE_NAME_REFUSED'],
  ['/ui/index.html', 'BUNDLE_NAME_REFUSED'],
  ['ui\\index.html', 'BUNDLE_NAME_REFUSED'],
  ['ui//index.html', 'BUNDLE_NAME_REFUSED'],
  ['ui/.env', 'BUNDLE_NAME_REFUSED'],
  ['C:/ui/index.html', 'BUNDLE_NAME_REFUSED'],
  ['ui/a\u0000b', 'BUNDLE_NAME_REFUSED'],
  ['UI/index.html', 'BUNDLE_NAME_COLLISION'],
  ['ui/index.html', 'BUNDLE_NAME_COLLISION'],
  ['ui/index.html/x.js', 'BUNDLE_NAME_COLLISION'],
  ['ui', 'BUNDLE_NAME_COLLISION'],
])('the entry name %j beside ui/index.html is refused', async (name, code) => {
  const entries = [entry('ui/index.html', ''), entry(name, '')];
  await expect(packBundle(entries)).rejects.toMatchObject({ code });
});

test('two Unicode spellings of one name collide', async () => {
  const entries = [entry('ui/caf\u00e9.js', ''), entry('ui/cafe\u0301.js', '')];
  await expect(packBundle(entries)).rejects.toMatchObject({ code: 'BUNDLE_NAME_COLLISION' });
});
