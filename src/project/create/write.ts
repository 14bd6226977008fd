import { execFile } from 'node:child_process';
import { lstat, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { algaError, textOf } from '../../core/errors/alga-error.js';
import type { PlannedFile } from './plan.js';

/**
 * Throws `CREATE_TARGET` unless `target` does not exist or is an empty folder. Through a link the files would
 * come to lie somewhere else.
 */
export async function checkTarget(target: string): Promise<void> {
  const there = await lstat(target).catch(() => undefined);
  if (there?.isSymbolicLink()) throw algaError('CREATE_TARGET', { target, problem: 'is a link' });
  const names = await readdir(target).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return [];
    if (code === 'ENOTDIR') throw algaError('CREATE_TARGET', { target, problem: 'is a file' });
    throw algaError('CREATE_TARGET', { target, problem: `cannot be read: ${textOf(error)}` });
  });
  if (names.some((name) => name !== '.git')) {
    throw algaError('CREATE_TARGET', { target, problem: 'already has files in it' });
  }
}

/** Writes the files of a new project. An existing file is never written over: that fails instead. */
export async function writeFiles(target: string, files: readonly PlannedFile[]): Promise<void> {
  for (const { path, content } of files) {
    const absolute = join(target, path);
    try {
      await mkdir(dirname(absolute), { recursive: true });
      await writeFile(absolute, content, { flag: 'wx' });
    } catch (error) {
      throw algaError(
        'CREATE_TARGET',
        { target, problem: `cannot take ${path}: ${textOf(error)}` },
        { cause: error },
      );
    }
  }
}

/**
 * Makes the folder a git repository, unless it lies in one. Says whether it did; a machine without
 * git is no reason to fail.
 */
export async function initGit(target: string): Promise<boolean> {
  for (let at = target; ; at = dirname(at)) {
    // A folder, or in work trees and submodules a file.
    if (await lstat(join(at, '.git')).catch(() => undefined)) return false;
    if (at === dirname(at)) break;
  }
  return await new Promise((resolve) => {
    execFile('git', ['init', '--quiet'], { cwd: target }, (error) => resolve(error === null));
  });
}
