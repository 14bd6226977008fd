import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { algaError } from '../core/errors/alga-error.js';
import { projectStateDir } from '../core/paths.js';
import { identifySelf, isRunning } from '../core/process.js';
import { prepareStateDir } from './state.js';

const lockSchema = z.object({ pid: z.number().int().positive(), startedAt: z.string() });

/**
 * Claims a project for this process: two sessions of one project would publish over each other.
 * A lock whose process is gone, or whose process id now belongs to another process, is taken over.
 *
 * Gives the function that releases the claim; throws `SESSION_ALREADY_RUNNING`.
 */
export async function lockProject(projectRoot: string): Promise<() => Promise<void>> {
  const file = join(await prepareStateDir(projectRoot), 'session.lock');
  const lock = JSON.stringify(await identifySelf());
  for (;;) {
    try {
      await writeFile(file, lock, { flag: 'wx' });
      return () => rm(file, { force: true });
    } catch (error) {
      if (!isExisting(error)) throw error;
    }
    const holder = await readLock(file);
    if (holder && (await isRunning(holder))) {
      throw algaError('SESSION_ALREADY_RUNNING', { project: projectRoot, pid: holder.pid, url: '' });
    }
    await rm(file, { force: true });
  }
}

/** Whether a session holds the project now. */
export async function isProjectLocked(projectRoot: string): Promise<boolean> {
  const holder = await readLock(join(projectStateDir(projectRoot), 'session.lock'));
  return holder !== undefined && (await isRunning(holder));
}

async function readLock(file: string): Promise<z.infer<typeof lockSchema> | undefined> {
  try {
    return lockSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}

function isExisting(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}
