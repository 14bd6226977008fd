import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ContentCache } from './content-cache.js';

const key = (digit: string): string => digit.repeat(64);
let base: string;
let dir: string;
let notes: string[];

function cache(limitBytes = 1_000_000, at = dir): ContentCache {
  return new ContentCache({ dir: at, limitBytes, onUnwritable: (reason) => notes.push(reason) });
}

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'alga-cache-'));
  dir = join(base, 'components');
  notes = [];
});
afterEach(() => rm(base, { recursive: true, force: true }));

describe('ContentCache', () => {
  it('gives back what was written, to this and to another process', async () => {
    await cache().write(key('a'), [Buffer.from('one '), Buffer.from('two')]);
    expect(Buffer.from((await cache().read(key('a'))) ?? []).toString()).toBe('one two');
    expect(await cache().read(key('b'))).toBeUndefined();
  });

  it.each([
    ['a flipped bit', (file: Buffer) => file.map((byte, index) => (index === 2 ? byte ^ 1 : byte))],
    ['a cut-off file', (file: Buffer) => file.subarray(0, 10)],
    ['an empty file', () => Buffer.alloc(0)],
  ])('sees %s and removes it', async (_name, damage) => {
    await cache().write(key('a'), [Buffer.from('something worth keeping')]);
    const path = join(dir, key('a'));
    await writeFile(path, damage(await readFile(path)));
    expect(await cache().read(key('a'))).toBeUndefined();
    expect(await readdir(dir)).toEqual([]);
  });

  it('forgets the least recently used entries first', async () => {
    const files = cache(250);
    for (const [index, digit] of ['a', 'b'].entries()) {
      await files.write(key(digit), [Buffer.alloc(80)]);
      await utimes(join(dir, key(digit)), 1000 + index, 1000 + index);
    }
    await files.read(key('a'));
    await files.write(key('c'), [Buffer.alloc(80)]);
    expect((await readdir(dir)).sort()).toEqual([key('a'), key('c')]);
  });

  it('keeps one entry that is larger than the limit', async () => {
    await cache(10).write(key('a'), [Buffer.alloc(100)]);
    expect(await cache(10).read(key('a'))).toHaveLength(100);
  });

  it('removes what a crashed writer left, but not what is being written', async () => {
    await mkdir(dir);
    await writeFile(join(dir, '.new-old'), 'x');
    await utimes(join(dir, '.new-old'), 1000, 1000);
    await writeFile(join(dir, '.new-fresh'), 'x');
    await cache().write(key('a'), [Buffer.alloc(1)]);
    expect((await readdir(dir)).sort()).toEqual(['.new-fresh', key('a')]);
  });

  it('holds nothing and says so once when its folder cannot be made', async () => {
    await writeFile(join(base, 'file'), '');
    const files = cache(1_000, join(base, 'file', 'below'));
    await files.write(key('a'), [Buffer.alloc(1)]);
    await files.write(key('b'), [Buffer.alloc(1)]);
    expect(await files.read(key('a'))).toBeUndefined();
    expect(notes).toHaveLength(1);
  });
});
