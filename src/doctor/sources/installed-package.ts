import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { foldersAbove } from './folders-above.js';

const packageSchema = z.object({
  version: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).optional(),
  devDependencies: z.record(z.string(), z.string()).optional(),
});

/** What of a package.json matters here. */
export type PackageJson = z.infer<typeof packageSchema>;

/** A package that modules in some folder get. */
export interface InstalledPackage {
  readonly folder: string;
  readonly version: string | undefined;
}

/** The package of a name as it is found from a folder; undefined when it is not installed. */
export async function installedPackage(from: string, name: string): Promise<InstalledPackage | undefined> {
  for (const above of foldersAbove(from)) {
    const folder = join(above, 'node_modules', name);
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined);
    if (text !== undefined) return { folder, version: packageJson(text)?.version };
  }
  return undefined;
}

/** The text of a package.json, read; undefined when it is none. */
export function packageJson(text: string): PackageJson | undefined {
  try {
    return packageSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
