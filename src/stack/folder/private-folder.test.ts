import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensurePrivateFolder } from './private-folder.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'alga-private-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('ensurePrivateFolder', () => {
  it('makes it for its user alone, and narrows one that is open to others', async () => {
    const path = join(dir, 'new', 'folder');
    await ensurePrivateFolder(path);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    await chmod(path, 0o777);
    await ensurePrivateFolder(path);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  it('takes neither a link nor a file for it', async () => {
    await mkdir(join(dir, 'real'));
    await symlink(join(dir, 'real'), join(dir, 'link'));
    await writeFile(join(dir, 'file'), '');
    for (const name of ['link', 'file']) {
      await expect(ensurePrivateFolder(join(dir, name))).rejects.toMatchObject({
        code: 'STACK_FOLDER_UNSAFE',
      });
    }
  });
});
