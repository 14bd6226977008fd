import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identifySelf } from '../../core/process.js';
import { acquireLock, type HeldLock, lockHolder } from './lock.js';

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'alga-lock-'));
  path = join(dir, 'lock');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const stale = JSON.stringify({ pid: process.pid, startedAt: 'earlier', nonce: 'old' });

/** Lets many take the lock at once; gives those that got it. */
async function rush(count: number): Promise<HeldLock[]> {
  const results = await Promise.all(Array.from({ length: count }, () => acquireLock(path)));
  return results.filter((result) => 'release' in result);
}

describe('acquireLock', () => {
  it('gives it to one, names that one to the others, and is free after the release', async () => {
    const [held, ...others] = await rush(20);
    expect(others).toEqual([]);
    expect(await acquireLock(path)).toMatchObject({ heldBy: await identifySelf() });
    expect(await lockHolder(path)).toMatchObject(await identifySelf());
    await held?.release();
    expect(await readdir(dir)).toEqual([]);
    expect(await lockHolder(path)).toBeUndefined();
    expect(await rush(1)).toHaveLength(1);
  });

  it.each([stale, 'torn {', ''])('breaks a stale one (%j) for exactly one of many', async (content) => {
    for (let round = 0; round < 20; round++) {
      await writeFile(path, content);
      const winners = await rush(8);
      expect(winners).toHaveLength(1);
      await winners[0]?.release();
    }
    expect(await readdir(dir)).toEqual([]);
  });

  it('also when somebody died while breaking it', async () => {
    await writeFile(path, stale);
    await writeFile(`${path}.breaking`, stale);
    expect(await rush(3)).toHaveLength(1);
  });

  it('does not release what is somebody else’s by now', async () => {
    const [held] = await rush(1);
    await writeFile(path, stale);
    await held?.release();
    expect(await readFile(path, 'utf8')).toBe(stale);
  });
});
