import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { algaError } from '../../core/errors/alga-error.js';
import { isDirectory, isFile, readTextIfThere } from '../files.js';

/** A project's folder and its manifest. */
export interface ProjectRoot {
  readonly root: string;
  readonly manifestPath: string;
}

/**
 * Finds the project a folder belongs to: the nearest folder upward with a `manifest.json` (or
 * `src/manifest.json`), not above the repository or home folder. Inside the component half of a
 * split project the outer half, which holds the UI, is taken. Throws `PROJECT_NOT_FOUND`.
 */
export async function findRoot(dir: string): Promise<ProjectRoot> {
  const start = resolve(dir);
  if (!(await isDirectory(start))) {
    throw algaError('PROJECT_NOT_FOUND', {
      dir: start,
      lookedFor: 'the folder itself, which does not exist',
    });
  }
  for (let at = start; ; at = dirname(at)) {
    const found = await rootAt(at);
    if (found !== undefined) return await outerHalf(found);
    if (at === dirname(at) || at === homedir() || (await isDirectory(join(at, '.git')))) break;
  }
  throw algaError('PROJECT_NOT_FOUND', {
    dir: start,
    lookedFor: 'manifest.json and src/manifest.json, here and in the folders above',
  });
}

async function rootAt(dir: string): Promise<ProjectRoot | undefined> {
  const direct = join(dir, 'manifest.json');
  if (await isFile(direct)) {
    const parent = dirname(dir);
    const fromSource =
      basename(dir) === 'src' &&
      (await isFile(join(parent, 'package.json'))) &&
      !(await isFile(join(parent, 'manifest.json')));
    return { root: fromSource ? parent : dir, manifestPath: direct };
  }
  const inSource = join(dir, 'src', 'manifest.json');
  return (await isFile(inSource)) ? { root: dir, manifestPath: inSource } : undefined;
}

async function outerHalf(found: ProjectRoot): Promise<ProjectRoot> {
  const parent = join(dirname(found.root), 'manifest.json');
  if ((await hasUi(found.manifestPath)) || !(await hasUi(parent))) return found;
  return { root: dirname(found.root), manifestPath: parent };
}

async function hasUi(manifestPath: string): Promise<boolean> {
  try {
    const value: unknown = JSON.parse((await readTextIfThere(manifestPath)) ?? 'null');
    return typeof value === 'object' && value !== null && 'ui' in value;
  } catch {
    return false;
  }
}
