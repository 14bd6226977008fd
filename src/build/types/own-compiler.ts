import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type TypeScript from 'typescript-classic';
import { z } from 'zod';

const packageSchema = z.object({ version: z.string() });

/** Up to this major version the compiler is a library; from the next on it is a native program. */
const LAST_CLASSIC = 6;

export interface OwnTypeScript {
  /** Main module of a TypeScript that is a library; undefined when it is a native program. */
  readonly classicPath: string | undefined;
}

/** The TypeScript that a project has installed; undefined when it has none. Its version is taken as it is now. */
export function ownTypeScript(projectRoot: string): OwnTypeScript | undefined {
  const { resolve } = createRequire(join(projectRoot, 'package.json'));
  try {
    const text = readFileSync(resolve('typescript/package.json'), 'utf8');
    const major = Number.parseInt(packageSchema.parse(JSON.parse(text)).version, 10);
    return { classicPath: major <= LAST_CLASSIC ? resolve('typescript') : undefined };
  } catch {
    return undefined;
  }
}

/** Loads a classic compiler; undefined when what stands at the path is none that can be called. */
export async function loadClassic(path: string): Promise<typeof TypeScript | undefined> {
  try {
    const loaded = (await import(pathToFileURL(path).href)) as { default?: Partial<typeof TypeScript> };
    const found = loaded.default;
    return typeof found?.createSemanticDiagnosticsBuilderProgram === 'function'
      ? (found as typeof TypeScript)
      : undefined;
  } catch {
    return undefined;
  }
}
