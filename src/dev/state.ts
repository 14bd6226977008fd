import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { projectStateDir } from '../core/paths.js';
import { replaceFile } from './replaced-file.js';

const stateSchema = z.object({
  tenantId: z.string().optional(),
  /** Who ran the services. */
  stack: z.string().optional(),
});

/** What a project's sessions remember from one run to the next. */
export type ProjectState = z.infer<typeof stateSchema>;

/**
 * Makes the project's `.alga` folder. It ignores itself, so that no author has to add a line to
 * their own ignore file.
 */
export async function prepareStateDir(projectRoot: string): Promise<string> {
  const folder = projectStateDir(projectRoot);
  await mkdir(join(folder, 'logs'), { recursive: true });
  await writeFile(join(folder, '.gitignore'), '*\n');
  return folder;
}

/** The remembered state; an absent or damaged file counts as nothing remembered. */
export async function readState(projectRoot: string): Promise<ProjectState> {
  try {
    const text = await readFile(join(projectStateDir(projectRoot), 'state.json'), 'utf8');
    return stateSchema.parse(JSON.parse(text));
  } catch {
    return {};
  }
}

/** Replaces the remembered state in one step. */
export async function writeState(projectRoot: string, state: ProjectState): Promise<void> {
  await replaceFile(join(projectStateDir(projectRoot), 'state.json'), `${JSON.stringify(state)}\n`);
}

/** Where a running session is found. */
export interface RunningSession {
  readonly pid: number;
  readonly origin: string;
  readonly runnerUrl: string;
  readonly tenantId: string;
  readonly extensions: readonly { readonly extension: string; readonly registryId: string }[];
}

/**
 * Leaves `.alga/session.json` in a project, so that other commands find its session. Gives the
 * function that takes it away again; a killed session leaves it, so readers look at the lock as well.
 */
export async function announceSession(
  projectRoot: string,
  session: RunningSession,
): Promise<() => Promise<void>> {
  const file = join(projectStateDir(projectRoot), 'session.json');
  await replaceFile(file, `${JSON.stringify(session)}\n`);
  return () => rm(file, { force: true });
}
