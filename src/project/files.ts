import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { algaError, textOf } from '../core/errors/alga-error.js';

/** Whether a regular file stands at `path`. */
export async function isFile(path: string): Promise<boolean> {
  return (await statOf(path))?.isFile() ?? false;
}

/** Whether a folder stands at `path`. */
export async function isDirectory(path: string): Promise<boolean> {
  return (await statOf(path))?.isDirectory() ?? false;
}

/** The text of a file, or undefined when there is none. Throws `PROJECT_UNREADABLE` for other failures. */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw algaError('PROJECT_UNREADABLE', { file: path, reason: textOf(error) }, { cause: error });
  }
}

/** The first of `paths` that is a regular file. */
export async function firstFile(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    if (await isFile(path)) return path;
  }
  return undefined;
}

/** Names in a folder, sorted; empty when there is no such folder. */
export async function namesIn(dir: string): Promise<string[]> {
  return await readdir(dir).then(
    (names) => names.sort(),
    () => [],
  );
}

/** Folder of an installed package as a module in `from` finds it: the nearest `node_modules` upward. */
export async function installedPackage(name: string, from: string): Promise<string | undefined> {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name);
    if (await isDirectory(folder)) return folder;
    if (at === dirname(at)) return undefined;
  }
}

/** `path` relative to `root`, with forward slashes, as shown to people. */
export function shownPath(root: string, path: string): string {
  const shown = relative(root, path).split(sep).join('/');
  return shown === '' ? '.' : shown;
}

async function statOf(path: string) {
  return await stat(path).catch(() => undefined);
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR';
}
