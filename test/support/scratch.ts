import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../src/core/entry.js';

/** A throw-away extension project. */
export interface ScratchProject {
  readonly root: string;
  read(file: string): Promise<string>;
  write(file: string, text: string): Promise<void>;
  /** Replaces text in a file; throws when the text is not there, so that a test cannot edit nothing. */
  edit(file: string, search: string, replacement: string): Promise<void>;
  remove(): Promise<void>;
}

/**
 * A copy of a template with its placeholders filled in, in a folder below the repository, so that
 * the template's packages resolve to the repository's own.
 */
export async function scratchProject(template: string, name: string): Promise<ScratchProject> {
  const parent = join(packageRoot(), '.alga', 'test');
  await mkdir(parent, { recursive: true });
  const root = await mkdtemp(join(parent, `${name}-`));
  await cp(join(packageRoot(), 'templates', template), root, { recursive: true });
  await fillPlaceholders(root, {
    name: `com.example.${name}`,
    publisher: 'local-dev',
    displayName: name,
    version: '0.1.0',
    packageName: name,
  });
  return scratchAt(root);
}

function scratchAt(root: string): ScratchProject {
  const read = (file: string): Promise<string> => readFile(join(root, file), 'utf8');
  const write = (file: string, text: string): Promise<void> => writeFile(join(root, file), text);
  return {
    root,
    read,
    write,
    edit: async (file, search, replacement) => {
      const text = await read(file);
      if (!text.includes(search)) throw new Error(`${file} does not contain ${JSON.stringify(search)}`);
      await write(file, text.replace(search, replacement));
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

async function fillPlaceholders(folder: string, values: Record<string, string>): Promise<void> {
  for (const entry of await readdir(folder)) {
    const path = join(folder, entry);
    if ((await stat(path)).isDirectory()) {
      await fillPlaceholders(path, values);
      continue;
    }
    const text = await readFile(path, 'utf8');
    const filled = text.replace(/\{\{(\w+)\}\}/g, (whole, key: string) => values[key] ?? whole);
    if (filled !== text) await writeFile(path, filled);
    if (entry === '_gitignore') await rename(path, join(folder, '.gitignore'));
  }
}
