import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { root, run } from '../../scripts/lib/commands.mjs';

/** A fresh project from the full template, below the repository so that its packages resolve. */
export async function fullProject(name) {
  const parent = join(root, '.alga', 'bench');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, `${name}-`));
  await run(
    process.execPath,
    [
      'bin/alga.mjs',
      'create',
      'extension',
      name,
      '--template',
      'full',
      '--publisher',
      'local-dev',
      '--dir',
      folder,
      '--yes',
      '--no-git',
    ],
    { quiet: true },
  );
  return { folder: join(folder, name), remove: () => rm(folder, { recursive: true, force: true }) };
}
