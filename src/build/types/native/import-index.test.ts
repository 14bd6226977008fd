import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ImportIndex } from './import-index.js';

let root: string;
let files: string[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'alga-imports-'));
  files = [];
  await mkdir(join(root, 'node_modules/react'), { recursive: true });
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(name: string, text: string): Promise<void> {
  const path = join(root, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  if (!files.includes(path)) files.push(path);
}

/** Names of the modules that a change touches, relative and in order; undefined for all. */
function affected(index: ImportIndex, ...changed: string[]): string[] | undefined {
  const found = index.affectedBy(
    changed.map((name) => join(root, name)),
    files,
  );
  return found && [...found].map((file) => file.slice(root.length + 1)).sort();
}

describe('the import index', () => {
  it('follows imports of every form, however indirectly', async () => {
    await write('leaf.ts', 'export const leaf = 1;');
    await write('typed.ts', "import type { leaf } from './leaf.js'; export type A = typeof leaf;");
    await write('passed.ts', "export * from './typed';");
    await write('later.ts', "export const later = () => import('./passed.ts');");
    await write('named.ts', "export type B = import('./leaf').leaf;");
    await write('apart.ts', "import 'react'; import { logInfo } from 'alga:extension/logging'; export {};");
    const index = new ImportIndex(root);
    expect(affected(index, 'leaf.ts')).toEqual(['later.ts', 'leaf.ts', 'named.ts', 'passed.ts', 'typed.ts']);
    expect(affected(index, 'later.ts')).toEqual(['later.ts']);
    expect(affected(index, 'apart.ts')).toEqual(['apart.ts']);
  });

  it('takes a folder for its index', async () => {
    await write('parts/index.ts', 'export const part = 1;');
    await write('parts/inner.ts', "import { part } from '.'; export { part };");
    await write('main.ts', "import { part } from './parts'; export { part };");
    expect(affected(new ImportIndex(root), 'parts/index.ts')).toEqual([
      'main.ts',
      'parts/index.ts',
      'parts/inner.ts',
    ]);
  });

  it('takes an alias for any module', async () => {
    await write('database.ts', 'export const db = 1;');
    await write('aliased.ts', "import { db } from '#store'; export { db };");
    await write('packaged.ts', "import { x } from '@app/things/x'; export { x };");
    expect(affected(new ImportIndex(root), 'database.ts')).toEqual([
      'aliased.ts',
      'database.ts',
      'packaged.ts',
    ]);
  });

  it('says all for what is seen without an import, before the change or after it, and for files from outside', async () => {
    await write('script.ts', 'const everywhere = 1;');
    await write('types.d.ts', 'export {};');
    await write('other.ts', 'export const other = 1;');
    const index = new ImportIndex(root);
    await write('was-global.ts', 'export {}; declare global { interface Window { was: 1 } }');
    index.read(files);
    await write('was-global.ts', 'export {};');
    expect(affected(index, 'was-global.ts')).toBeUndefined();
    expect(affected(index, 'script.ts')).toBeUndefined();
    expect(affected(index, 'types.d.ts')).toBeUndefined();
    await rm(join(root, 'types.d.ts'));
    files = files.filter((file) => !file.endsWith('types.d.ts'));
    expect(affected(index, 'types.d.ts')).toBeUndefined();
    expect(affected(index, '../elsewhere.ts')).toBeUndefined();
    expect(affected(index, 'other.ts')).toEqual(['other.ts']);
    await write('other.ts', 'export {}; declare global { interface Window { other: 1 } }');
    expect(affected(index, 'other.ts')).toBeUndefined();
    await write('other.ts', 'export const other = 2;');
    expect(affected(index, 'other.ts')).toBeUndefined();
    expect(affected(index, 'other.ts')).toEqual(['other.ts']);
  });

  it('finds who imports a module that is gone or new', async () => {
    await write('main.ts', "import { x } from './x.ts'; export { x };");
    const index = new ImportIndex(root);
    expect(affected(index, 'x.ts')).toEqual(['main.ts']);
    await write('x.ts', 'export const x = 1;');
    expect(affected(index, 'x.ts')).toEqual(['main.ts', 'x.ts']);
  });
});
