import { mkdir, readFile, readlink, rename, symlink } from 'node:fs/promises';
import { platform } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { z } from 'zod';

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Makes the library links the npm package needs but its archive cannot carry, in a folder of ours
 * (the package's own may be read-only, and its install script is not allowed to run).
 * Gives the environment with which its programs find their libraries.
 */
export async function linkLibraries(bundleDir: string, linksDir: string): Promise<NodeJS.ProcessEnv> {
  const text = await readFile(join(bundleDir, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = linksSchema.parse(JSON.parse(text));
  await mkdir(linksDir, { recursive: true, mode: 0o755 });
  for (const link of links) {
    const source = join(bundleDir, '..', link.source);
    await makeLink(source, join(linksDir, basename(link.target)));
  }
  const folders = [linksDir, join(bundleDir, 'lib')].join(delimiter);
  if (platform() === 'darwin') return { DYLD_LIBRARY_PATH: folders };
  return platform() === 'win32' ? {} : { LD_LIBRARY_PATH: folders };
}

/** Leaves a right link alone and replaces any other in one step: somebody may be using it. */
async function makeLink(source: string, path: string): Promise<void> {
  const current = await readlink(path).catch(() => undefined);
  if (current === source) return;
  const temporary = `${path}.${process.pid}`;
  await symlink(source, temporary);
  await rename(temporary, path);
}
