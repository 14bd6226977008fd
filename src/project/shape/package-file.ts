import { join } from 'node:path';
import { z } from 'zod';
import { algaError } from '../../core/errors/alga-error.js';
import { readTextIfThere } from '../files.js';
import { JsonSyntaxError, locateJson } from '../json-positions.js';
import { locationAt } from '../source-frame.js';

const names = z.record(z.string(), z.string()).catch({});

const packageSchema = z.looseObject({
  name: z.string().optional().catch(undefined),
  type: z.string().optional().catch(undefined),
  packageManager: z.string().optional().catch(undefined),
  scripts: names.default({}),
  dependencies: names.default({}),
  devDependencies: names.default({}),
  peerDependencies: names.default({}),
  optionalDependencies: names.default({}),
});

/** A folder's package.json, as far as detection reads it. */
export interface PackageFile {
  /** Absolute path of the folder. */
  readonly dir: string;
  readonly path: string;
  readonly text: string;
  readonly name?: string | undefined;
  readonly packageManager?: string | undefined;
  readonly scripts: Readonly<Record<string, string>>;
  /** All declared dependencies of every kind: name to version range. */
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Reads `dir/package.json`; undefined when there is none. Throws `PACKAGE_SYNTAX` when it is not JSON. */
export async function readPackage(dir: string): Promise<PackageFile | undefined> {
  const path = join(dir, 'package.json');
  const text = await readTextIfThere(path);
  if (text === undefined) return undefined;
  try {
    locateJson(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const location = locationAt('package.json', text, error.offset);
    throw algaError('PACKAGE_SYNTAX', { file: path, problem: error.message }, { location });
  }
  const found = packageSchema.safeParse(JSON.parse(text));
  if (!found.success) return { dir, path, text, scripts: {}, dependencies: {} };
  const { name, packageManager, scripts, dependencies, devDependencies, ...rest } = found.data;
  return {
    dir,
    path,
    text,
    name,
    packageManager,
    scripts,
    dependencies: {
      ...rest.optionalDependencies,
      ...rest.peerDependencies,
      ...devDependencies,
      ...dependencies,
    },
  };
}
