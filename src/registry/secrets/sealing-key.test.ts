import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadSealingKey } from './sealing-key.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alga-key-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('many who ask at once get one key, which stays and is private', async () => {
  const path = join(folder, 'deep', 'secrets.key');
  const keys = await Promise.all(Array.from({ length: 12 }, () => loadSealingKey(path)));
  expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1);
  expect(await loadSealingKey(path)).toEqual(keys[0]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(join(folder, 'deep'))).toEqual(['secrets.key']);
});

test('a damaged key is named, not replaced: it would make every secret unreadable', async () => {
  const path = join(folder, 'secrets.key');
  await writeFile(path, 'half a key');
  await expect(loadSealingKey(path)).rejects.toMatchObject({ code: 'REGISTRY_SEALING_KEY_UNUSABLE' });
});
