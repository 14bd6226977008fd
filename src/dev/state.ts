import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { projectStateDir } from '../core/paths.js';

const stateSchema = z.object({ tenantId: z.string().optional() });

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
  const file = join(projectStateDir(projectRoot), 'state.json');
  await writeFile(`${file}.${process.pid}`, `${JSON.stringify(state)}\n`);
  await rename(`${file}.${process.pid}`, file);
}
