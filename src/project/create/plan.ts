import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One file of a new project. */
export interface PlannedFile {
  /** Relative to the new folder, with forward slashes. */
  readonly path: string;
  readonly content: Buffer;
}

/** Never part of a template, whatever folder it is taken from. */
const LEFT_OUT = new Set(['node_modules', '.git', '.alga', 'dist']);
/** npm does not publish files of the true name. */
const RENAMED: Readonly<Record<string, string>> = { _gitignore: '.gitignore', _npmrc: '.npmrc' };

/**
 * Reads a template and fills its placeholders: `{{key}}` for each given value, and the published
 * templates' `__PACKAGE_NAME__`. Links and special files are left out.
 */
export async function planFiles(
  folder: string,
  values: Readonly<Record<string, string>>,
): Promise<PlannedFile[]> {
  const files: PlannedFile[] = [];
  const walk = async (relative: string): Promise<void> => {
    for (const name of (await readdir(join(folder, relative))).sort()) {
      if (LEFT_OUT.has(name)) continue;
      const from = join(relative, name);
      const kind = await lstat(join(folder, from));
      if (kind.isDirectory()) await walk(from);
      else if (kind.isFile()) {
        const path = join(relative, RENAMED[name] ?? name).replaceAll('\\', '/');
        files.push({ path, content: filled(await readFile(join(folder, from)), values) });
      }
    }
  };
  await walk('');
  return files;
}

function filled(content: Buffer, values: Readonly<Record<string, string>>): Buffer {
  if (content.includes(0)) return content;
  const text = content.toString('utf8');
  const done = text
    .replace(/\{\{(\w+)\}\}/g, (whole, key: string) => values[key] ?? whole)
    .replaceAll('__PACKAGE_NAME__', values.name ?? '__PACKAGE_NAME__');
  return done === text ? content : Buffer.from(done);
}
