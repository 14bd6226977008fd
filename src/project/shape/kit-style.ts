import { basename, join } from 'node:path';
import { z } from 'zod';
import { firstFile, installedPackage, readTextIfThere } from '../files.js';

const KIT = '@alga-psa/ui-kit';
const exportsSchema = z.object({ exports: z.record(z.string(), z.unknown()).catch({}) });

/**
 * The style sheet of the installed UI kit that a build of the project copies beside its page: the
 * kit's export of that name, which may be a file of another name.
 */
export async function kitStyleSheet(url: string, projectRoot: string): Promise<string | undefined> {
  const kit = await installedPackage(KIT, projectRoot);
  if (kit === undefined) return undefined;
  const name = basename(url);
  const exported = await exportOf(kit, `./${name}`);
  return await firstFile([
    ...(exported === undefined ? [] : [exported]),
    join(kit, 'dist', name),
    join(kit, name),
  ]);
}

async function exportOf(folder: string, name: string): Promise<string | undefined> {
  const text = await readTextIfThere(join(folder, 'package.json'));
  try {
    const target = exportsSchema.parse(JSON.parse(text ?? '{}')).exports[name];
    return typeof target === 'string' ? join(folder, target) : undefined;
  } catch {
    // A broken package.json of a dependency is reported by whoever loads the package.
    return undefined;
  }
}
