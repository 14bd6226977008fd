import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  bundleOfBytes,
  bundleOfEntries,
  compressed,
  type TestBundle,
  type TestEntry,
  tarOf,
} from '../support/runner/bundles.js';
import { RunnerInProcess, TENANT } from '../support/runner/runner-in-process.js';

const PAGE: TestEntry = { name: 'ui/index.html', content: 'page' };

let runner: RunnerInProcess;

beforeEach(async () => {
  runner = await RunnerInProcess.start({
    RUNNER_BUNDLE_MAX_ENTRIES: '50',
    RUNNER_BUNDLE_MAX_UNPACKED_BYTES: String(8 * 1024 * 1024),
    RUNNER_BUNDLE_MAX_FILE_BYTES: String(4 * 1024 * 1024),
    RUNNER_BUNDLE_MAX_BYTES: String(1024 * 1024),
  });
});
afterEach(() => runner.stop());

/** What an execute of the bundle is refused with, as its page is; the folder must hold nothing afterwards. */
async function refusalOf(bundle: TestBundle): Promise<string> {
  runner.put(bundle);
  const page = await runner.ui(bundle, `index.html?tenant=${TENANT}`);
  expect([page.status, await page.text()]).toEqual([500, '{"code":"extract_failed"}']);
  expect(page.headers.get('cache-control')).toBe('no-store');
  const { status, error } = await runner.execute(bundle);
  expect(status).toBe(502);
  expect(await leftovers()).toEqual([]);
  return error ?? '';
}

/** Everything in the cache folder that belongs to a bundle, the temporary folder included. */
async function leftovers(): Promise<string[]> {
  const found = await readdir(runner.cacheRoot, { recursive: true });
  return found.filter((name) => /[0-9a-f]{64}/.test(name));
}

/** A tar header written by hand, for what no tar library writes. */
function rawEntry(name: string, type: string, size: number, link = ''): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0, 100, 'utf8');
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write(type, 156);
  header.write(link, 157, 100, 'utf8');
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** An entry of one file whose extended header holds a record no library would write. */
function paxed(record: string): Buffer {
  const length = Buffer.byteLength(record) + 4;
  const text = Buffer.from(`${length} ${record}\n`);
  return Buffer.concat([
    rawEntry('pax', 'x', text.length),
    text,
    Buffer.alloc(512 - text.length),
    rawEntry('ui/index.html', '0', 0),
    Buffer.alloc(1024),
  ]);
}

describe('hostile bundles are refused as a whole', () => {
  it.each<[string, TestEntry[], string]>([
    ['a path out of the bundle', [PAGE, { name: '../../evil', content: 'x' }], 'leads out'],
    ['a path out of ui/', [PAGE, { name: 'ui/../../evil', content: 'x' }], 'leads out'],
    ['two dots behind ./', [PAGE, { name: './../evil', content: 'x' }], 'leads out'],
    ['an absolute path', [PAGE, { name: '/etc/evil', content: 'x' }], 'absolute'],
    ['a drive letter', [PAGE, { name: 'C:/evil', content: 'x' }], 'absolute'],
    ['a backslash', [PAGE, { name: 'ui\\..\\..\\evil', content: 'x' }], 'backslash'],
    ['a control character', [PAGE, { name: 'ui/a\nb.js', content: 'x' }], 'control character'],
    ['the same name twice', [PAGE, PAGE], 'same name'],
    ['the same name behind ./', [PAGE, { ...PAGE, name: './ui/index.html' }], 'same name'],
    ['names that differ in case', [PAGE, { name: 'ui/INDEX.html', content: 'x' }], 'same name'],
    ['folders that differ in case', [PAGE, { name: 'UI/other.html', content: 'x' }], 'same name'],
    [
      'names that look the same',
      [
        { name: 'ui/é.js', content: 'a' },
        { name: 'ui/e\u0301.js', content: 'b' },
      ],
      'same name',
    ],
    ['a file that is also a folder', [PAGE, { name: 'ui/index.html/x.js', content: 'x' }], 'same name'],
    [
      'a folder that is also a file',
      [
        { name: 'ui/a/x.js', content: 'x' },
        { name: 'ui/a', content: 'x' },
      ],
      'same name',
    ],
    [
      'a character device',
      [PAGE, { name: 'dev', type: 'character-device', devmajor: 1, devminor: 3 }],
      'character-device',
    ],
    [
      'a block device',
      [PAGE, { name: 'dev', type: 'block-device', devmajor: 8, devminor: 0 }],
      'block-device',
    ],
    ['a pipe', [PAGE, { name: 'pipe', type: 'fifo' }], 'fifo'],
    ['a name of a kilobyte', [PAGE, { name: `${'a/'.repeat(600)}b`, content: 'x' }], 'too long'],
    ['a segment of 300 bytes', [PAGE, { name: `ui/${'a'.repeat(300)}`, content: 'x' }], 'too long'],
    [
      'too many entries',
      Array.from({ length: 51 }, (_, n) => ({ name: `ui/${n}.js`, content: 'x' })),
      'more than 50',
    ],
    [
      'a file over its limit',
      [PAGE, { name: 'ui/a.js', content: Buffer.alloc(5 * 1024 * 1024) }],
      'larger than',
    ],
    [
      'files over the limit of all',
      [1, 2, 3].map((n) => ({ name: `ui/${n}.js`, content: Buffer.alloc(3 * 1024 * 1024) })),
      'unpacks to more than',
    ],
  ])('%s', async (_name, entries, why) => {
    const error = await refusalOf(await bundleOfEntries(entries));
    expect(error).toMatch(/^bundle_fetch_failed: /);
    expect(error).toContain(why);
  });

  it('a bomb: megabytes of zeros in a few kilobytes', async () => {
    const error = await refusalOf(bundleOfBytes(await compressed(Buffer.alloc(256 * 1024 * 1024))));
    expect(error).toContain('unpacks to more than');
  });

  it('a header that never ends', async () => {
    const endless = Buffer.concat([rawEntry('x', 'x', 6 * 1024 * 1024), Buffer.alloc(6 * 1024 * 1024, 0x20)]);
    expect(await refusalOf(bundleOfBytes(await compressed(endless)))).toContain('cannot be unpacked');
  });

  it('an entry that claims more than is there', async () => {
    const short = Buffer.concat([rawEntry('ui/index.html', '0', 4096), Buffer.alloc(512)]);
    expect(await refusalOf(bundleOfBytes(await compressed(short)))).toContain('cannot be unpacked');
  });

  it('a type nobody knows', async () => {
    const strange = Buffer.concat([rawEntry('ui/index.html', 'Z', 0), Buffer.alloc(1024)]);
    expect(await refusalOf(bundleOfBytes(await compressed(strange)))).toBe(
      'bundle_fetch_failed: archive entry "ui/index.html" refused: unknown type',
    );
  });

  it.each([
    ['a name with a NUL inside', paxed('path=ui/a\0.js'), 'control character'],
    ['a name that ends in a NUL', paxed('path=ui/index.js\0'), 'control character'],
    ['a climbing name in an extended header', paxed('path=ui/../../evil'), 'leads out'],
    ['a size that is none', paxed('size=-1'), 'cannot be unpacked: Invalid header'],
    ['a size beyond all', paxed('size=9007199254740993'), 'larger than'],
  ])('%s', async (_name, tar, why) => {
    const error = await refusalOf(bundleOfBytes(await compressed(tar)));
    expect(error).toMatch(/^bundle_fetch_failed: /);
    expect(error).toContain(why);
  });

  it.each([
    ['text', Buffer.from('no archive at all, '.repeat(200)), 'Invalid tar header'],
    ['noise', randomBytes(100_000), 'Invalid tar header'],
    ['half a header', rawEntry('ui/index.html', '0', 0).subarray(0, 300), 'Unexpected end of data'],
  ])('zstd of what is no tar: %s', async (_name, content, why) => {
    const error = await refusalOf(bundleOfBytes(await compressed(content)));
    expect(error).toContain(`bundle_fetch_failed: bundle cannot be unpacked: ${why}`);
  });

  it.each([
    ['no zstd', Buffer.from('plain text, longer than a header'), 'not a zstd frame'],
    ['an empty object', Buffer.alloc(0), 'zstd: incomplete frame'],
    [
      'a window of two gigabytes',
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00]),
      'asks for a window of 2147483648 bytes',
    ],
    [
      'a block larger than its limit',
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38, 0xfb, 0xff, 0xff, 0x00]),
      'block of 2097151 bytes',
    ],
    [
      'a dictionary',
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x01, 0x38, 0x01, 0x01, 0x00, 0x00]),
      'needs a dictionary',
    ],
    [
      'a reserved block type',
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38, 0x07, 0x00, 0x00]),
      'unknown block type',
    ],
  ])('%s', async (_name, bytes, why) => {
    expect(await refusalOf(bundleOfBytes(bytes))).toBe(
      `bundle_fetch_failed: bundle is not valid zstd: ${why}`,
    );
  });

  it('a frame cut short, and a frame with garbage inside', async () => {
    const whole = await compressed(
      await tarOf([PAGE, { name: 'ui/a.js', content: Buffer.alloc(100_000, 'ab') }]),
    );
    expect(await refusalOf(bundleOfBytes(whole.subarray(0, whole.length - 9)))).toBe(
      'bundle_fetch_failed: bundle is not valid zstd: data ends inside a frame',
    );
    const spoiled = Buffer.from(whole);
    spoiled.fill(0x5a, 24, 60);
    expect(await refusalOf(bundleOfBytes(spoiled))).toBe(
      'bundle_fetch_failed: bundle is not valid zstd: zstd: Data corruption detected',
    );
  });

  it('hundreds of thousands of empty blocks', async () => {
    const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38]);
    const blocks = Buffer.alloc(3 * 300_000);
    expect(await refusalOf(bundleOfBytes(Buffer.concat([head, blocks])))).toContain('too many blocks');
  });

  it('an object over the size limit, before it is read', async () => {
    expect(await refusalOf(bundleOfBytes(Buffer.alloc(2 * 1024 * 1024)))).toContain('larger than');
  });
});

describe('what the official runner leaves out', () => {
  it('is left out here: links, hidden names, names with two dots', async () => {
    const bundle = await bundleOfEntries([
      { name: './ui/index.html', content: 'page' },
      { name: 'ui/', type: 'directory' },
      { name: 'ui/link.js', type: 'symlink', linkname: '/etc/passwd' },
      { name: 'ui/hard.js', type: 'link', linkname: 'ui/index.html' },
      { name: 'ui/.DS_Store', content: 'x' },
      { name: '.git/config', content: 'x' },
      { name: 'ui/a..b.js', content: 'x' },
      { name: 'ui/a//b.js', content: 'x' },
    ]);
    runner.put(bundle);
    expect((await runner.ui(bundle, `index.html?tenant=${TENANT}`)).status).toBe(200);
    expect((await runner.ui(bundle, `link.js?tenant=${TENANT}`)).status).toBe(404);
    const files = await readdir(join(runner.cacheRoot, bundle.hex), { recursive: true });
    expect(files.sort()).toEqual(['bundle', 'bundle/.ready', 'files.json', 'ui', 'ui/index.html']);
  });

  it('and what is to be written through a link stays in the bundle', async () => {
    const outside = join(runner.cacheRoot, 'outside');
    await mkdir(outside);
    const bundle = await bundleOfEntries([
      PAGE,
      { name: 'ui/out', type: 'symlink', linkname: outside },
      { name: 'ui/out/evil.js', content: 'evil' },
    ]);
    runner.put(bundle);
    expect(await (await runner.ui(bundle, `out/evil.js?tenant=${TENANT}`)).text()).toBe('evil');
    expect(await readdir(outside)).toEqual([]);
  });
});

describe('the layout on disk', () => {
  it('is the official runner’s, with read-only files', async () => {
    const bundle = await bundleOfEntries([
      PAGE,
      { name: 'manifest.json', content: '{}' },
      { name: 'dist/main.wasm', content: 'wasm' },
    ]);
    runner.put(bundle);
    await runner.ui(bundle, `index.html?tenant=${TENANT}`);
    const dir = join(runner.cacheRoot, bundle.hex);
    expect(await readFile(join(dir, 'bundle/.ready'), 'utf8')).toBe('ok');
    expect(await readFile(join(dir, 'bundle/dist/main.wasm'), 'utf8')).toBe('wasm');
    expect(await readFile(join(dir, 'bundle/manifest.json'), 'utf8')).toBe('{}');
    expect((await stat(join(dir, 'ui/index.html'))).mode & 0o777).toBe(0o444);
    expect((await readdir(join(runner.cacheRoot, 'tmp'), { recursive: true })).length).toBe(1);
  });
});
