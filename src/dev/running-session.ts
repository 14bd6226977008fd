import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { algaError } from '../core/errors/alga-error.js';
import { projectStateDir } from '../core/paths.js';
import { isProjectLocked } from './session-lock.js';

const announcedSchema = z.object({ origin: z.url() });

/**
 * Finds the session that runs for a folder or a folder above it, by what it left in the project.
 * Gives its host's origin and the project's folder; throws `SESSION_NOT_RUNNING`.
 */
export async function findRunningSession(folder: string): Promise<{ origin: string; projectRoot: string }> {
  const from = resolve(folder);
  for (const candidate of upwards(from)) {
    if (!(await isProjectLocked(candidate))) continue;
    const announced = await readAnnounced(candidate);
    if (announced) return { origin: announced.origin, projectRoot: candidate };
    throw algaError('SESSION_NOT_RUNNING', { folder: candidate, starting: true });
  }
  throw algaError('SESSION_NOT_RUNNING', { folder: from, starting: false });
}

/** The folder and those above it, nearest first. */
function upwards(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...upwards(above)];
}

/** What a session left behind; a killed one leaves it too, so its lock is looked at first. */
async function readAnnounced(projectRoot: string): Promise<z.infer<typeof announcedSchema> | undefined> {
  try {
    const text = await readFile(join(projectStateDir(projectRoot), 'session.json'), 'utf8');
    return announcedSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
