import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { firstFile, readTextIfThere, shownPath } from '../files.js';
import type { Diagnostic } from '../types.js';

/** Secrets of the development install, as `cap:secrets.get` gives them to the handler. */
export interface ProjectSecrets {
  readonly path: string;
  readonly values: Readonly<Record<string, string>>;
  readonly warnings: readonly Diagnostic[];
}

/** In the order in which they are looked for. `.alga/` is always git-ignored. */
export const SECRETS_NAMES = ['.alga/secrets.env', 'alga.secrets.env'] as const;

/**
 * Reads the project's secrets from a file of `NAME=value` lines that must not be in the repository.
 * Undefined when there is none. Values are never put into messages.
 */
export async function readSecrets(projectRoot: string): Promise<ProjectSecrets | undefined> {
  const path = await firstFile(SECRETS_NAMES.map((name) => join(projectRoot, name)));
  if (path === undefined) return undefined;
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(parseEnv((await readTextIfThere(path)) ?? ''))) {
    if (value !== undefined) values[name] = value;
  }
  const file = shownPath(projectRoot, path);
  return { path, values, warnings: (await isIgnored(projectRoot, file)) ? [] : [notIgnored(file)] };
}

/** Whether a `.gitignore` of the project names the file or its folder. A project without git is safe. */
async function isIgnored(projectRoot: string, file: string): Promise<boolean> {
  const text = await readTextIfThere(join(projectRoot, '.gitignore'));
  if (text === undefined) return (await readTextIfThere(join(projectRoot, '.git/HEAD'))) === undefined;
  const patterns = text.split(/\r?\n/).map((line) => line.trim().replace(/^\//, '').replace(/\/$/, ''));
  const names = [file, '.alga/*', '*.secrets.env', '*.env', ...(file.startsWith('.alga/') ? ['.alga'] : [])];
  return patterns.some((pattern) => names.includes(pattern.replace(/^\*\*\//, '')));
}

function notIgnored(file: string): Diagnostic {
  return {
    code: 'SECRETS_NOT_IGNORED',
    message: `${file} holds secrets and is not git-ignored.`,
    hint: `Add the line "${file}" to .gitignore.`,
    file,
  };
}
