import fc from 'fast-check';
import { pack as createPack, type Header } from 'tar-stream';
import { expect, test } from 'vitest';
import { readBundle } from './archive-reader.js';
import { packBundle } from './archive-writer.js';
import type { BundleLimits } from './bundle-limits.js';
import { compressZstd } from './zstd.js';

type Item = Partial<Header> & { name: string; body?: string | Buffer };

async function archive(items: readonly Item[]): Promise<Buffer> {
  const tar = createPack();
  for (const { body, ...header } of items) tar.entry({ ...header }, body ?? '');
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const bundle = async (items: readonly Item[]): Promise<Buffer> => compressZstd(await archive(items), 3);

test('files come out in archive order; folders, a leading ./ and hidden files do not', async () => {
  const bytes = await bundle([
    { name: './', type: 'directory' },
    { name: './ui/', type: 'directory' },
    { name: './ui/index.html', body: 'page' },
    { name: 'ui/.DS_Store', body: 'junk' },
    { name: '.git/config', body: 'junk' },
    { name: 'manifest.json', body: '{}' },
  ]);
  const read = await readBundle(bytes);
  expect(read.map((entry) => [entry.name, Buffer.from(entry.content).toString()])).toEqual([
    ['ui/index.html', 'page'],
    ['manifest.json', '{}'],
  ]);
});

test.each<[string, Item[], string]>([
  ['a climbing name', [{ name: '../evil' }], 'BUNDLE_NAME_REFUSED'],
  ['a climbing name inside', [{ name: 'ui/../../evil' }], 'BUNDLE_NAME_REFUSED'],
  ['a hidden climbing name', [{ name: 'ui/..' }], 'BUNDLE_NAME_REFUSED'],
  ['an absolute name', [{ name: '/etc/passwd' }], 'BUNDLE_NAME_REFUSED'],
  ['a network path', [{ name: '//host/share' }], 'BUNDLE_NAME_REFUSED'],
  ['backslashes', [{ name: 'ui\\..\\evil' }], 'BUNDLE_NAME_REFUSED'],
  ['a drive letter', [{ name: 'C:/evil' }], 'BUNDLE_NAME_REFUSED'],
  ['a data stream', [{ name: 'ui/a.js:b' }], 'BUNDLE_NAME_REFUSED'],
  ['a control character', [{ name: 'ui/a\u001b[2J' }], 'BUNDLE_NAME_REFUSED'],
  ['a climbing folder', [{ name: '../up/', type: 'directory' }], 'BUNDLE_NAME_REFUSED'],
  ['a symlink', [{ name: 'ui/a', type: 'symlink', linkname: '/etc' }], 'BUNDLE_ENTRY_KIND_REFUSED'],
  ['a hard link', [{ name: 'ui/a', type: 'link', linkname: 'ui/b' }], 'BUNDLE_ENTRY_KIND_REFUSED'],
  ['a device', [{ name: 'ui/a', type: 'character-device' }], 'BUNDLE_ENTRY_KIND_REFUSED'],
  ['a block device', [{ name: 'ui/a', type: 'block-device' }], 'BUNDLE_ENTRY_KIND_REFUSED'],
  ['a pipe', [{ name: 'ui/a', type: 'fifo' }], 'BUNDLE_ENTRY_KIND_REFUSED'],
  ['a duplicate', [{ name: 'ui/a' }, { name: 'ui/a' }], 'BUNDLE_NAME_COLLISION'],
  ['a duplicate behind ./', [{ name: 'ui/a' }, { name: './ui/a' }], 'BUNDLE_NAME_COLLISION'],
  ['a case collision', [{ name: 'ui/a.js' }, { name: 'ui/A.js' }], 'BUNDLE_NAME_COLLISION'],
  ['a folder case collision', [{ name: 'ui/a/x' }, { name: 'ui/A/y' }], 'BUNDLE_NAME_COLLISION'],
  ['a file used as folder', [{ name: 'ui/a' }, { name: 'ui/a/b' }], 'BUNDLE_NAME_COLLISION'],
  ['a folder used as file', [{ name: 'ui/a/b' }, { name: 'ui/a' }], 'BUNDLE_NAME_COLLISION'],
  ['nothing', [], 'BUNDLE_CORRUPT'],
])('%s is refused', async (_, items, code) => {
  await expect(readBundle(await bundle(items))).rejects.toMatchObject({ code });
});

const zeros = Buffer.alloc(1_000_000);

test.each<[string, Item[], Partial<BundleLimits>, string]>([
  [
    'too many entries',
    [{ name: 'a' }, { name: 'b' }, { name: 'c' }],
    { entries: 2 },
    'BUNDLE_LIMIT_EXCEEDED',
  ],
  ['too large an entry', [{ name: 'a', body: zeros }], { entryBytes: 999_999 }, 'BUNDLE_LIMIT_EXCEEDED'],
  ['too much in all', [{ name: 'a', body: zeros }], { totalBytes: 500_000 }, 'BUNDLE_LIMIT_EXCEEDED'],
  ['too large a file', [{ name: 'a', body: zeros }], { compressedBytes: 10 }, 'BUNDLE_TOO_LARGE'],
])('%s is refused', async (_, items, limits, code) => {
  await expect(readBundle(await bundle(items), limits)).rejects.toMatchObject({ code });
});

test('a bomb is refused long before it is unpacked', async () => {
  const bytes = await compressZstd(Buffer.alloc(400 * 1_048_576), 3);
  expect(bytes.length).toBeLessThan(100_000);
  await expect(readBundle(bytes)).rejects.toMatchObject({ code: 'BUNDLE_LIMIT_EXCEEDED' });
});

test('a bundle cut off anywhere is refused', async () => {
  const { bytes } = await packBundle([
    { name: 'manifest.json', content: Buffer.from('{"a":1}') },
    { name: 'ui/index.html', content: Buffer.from('x'.repeat(5000)) },
  ]);
  for (let length = 0; length < bytes.length; length += 7) {
    await expect(readBundle(bytes.subarray(0, length))).rejects.toMatchObject({ code: 'BUNDLE_CORRUPT' });
  }
});

test('an archive cut off inside an entry is refused', async () => {
  const tar = await archive([{ name: 'ui/a', body: 'x'.repeat(2000) }]);
  const bytes = await compressZstd(tar.subarray(0, 1024), 3);
  await expect(readBundle(bytes)).rejects.toMatchObject({ code: 'BUNDLE_CORRUPT' });
});

test('random bytes and flipped bits never do more than fail with a code', async () => {
  const { bytes } = await packBundle([{ name: 'ui/index.html', content: Buffer.from('y'.repeat(3000)) }]);
  const flipped = fc
    .tuple(fc.nat(bytes.length - 1), fc.nat(7))
    .map(([at, bit]) => Buffer.from(bytes.map((byte, index) => (index === at ? byte ^ (1 << bit) : byte))));
  const hostile = fc.oneof(fc.uint8Array({ maxLength: 500 }), flipped);
  await fc.assert(
    fc.asyncProperty(hostile, async (input) => {
      const outcome = await readBundle(input).then(
        () => 'read',
        (error: { code?: string }) => error.code,
      );
      expect(outcome === 'read' || outcome?.startsWith('BUNDLE_')).toBe(true);
    }),
    { numRuns: 150 },
  );
});
