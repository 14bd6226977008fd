import { dirname, join, resolve } from 'node:path';
import { firstFile, isFile, namesIn, readTextIfThere } from '../files.js';
import { blankComments } from '../source-scan.js';

/** A Vite configuration as far as it can be read without running it. */
export interface FoundViteConfig {
  readonly path: string;
  /** Absolute path of the library entry, when it builds one. */
  readonly entry?: string;
  /** Absolute path of its output folder, when it names one. */
  readonly outDir?: string;
}

const CONFIG = /^vite(?:\.[\w-]+)?\.config\.[cm]?[jt]s$/;

/**
 * Finds the Vite configuration that builds the iframe's UI: one whose name speaks of the iframe or
 * UI first, then the plain one; in the UI folder before the project root.
 */
export async function findViteConfig(
  uiRoot: string,
  projectRoot: string,
): Promise<FoundViteConfig | undefined> {
  for (const dir of uiRoot === projectRoot ? [projectRoot] : [uiRoot, projectRoot]) {
    const names = (await namesIn(dir)).filter((name) => CONFIG.test(name));
    const name =
      names.find((candidate) => /iframe|ui|frontend/.test(candidate)) ??
      names.find((candidate) => candidate.startsWith('vite.config.'));
    if (name === undefined) continue;
    const path = join(dir, name);
    if (await isFile(path)) return await readViteConfig(path);
  }
  return undefined;
}

async function readViteConfig(path: string): Promise<FoundViteConfig> {
  const code = blankComments((await readTextIfThere(path)) ?? '');
  const dir = dirname(path);
  const entryPart =
    /\bentry\s*:\s*([^\n]*)/.exec(code)?.[1] ?? /\binput\s*:\s*([^\n]*)/.exec(code)?.[1] ?? '';
  const entryName = literals(entryPart).find((literal) => /\.[cm]?[jt]sx?$/.test(literal));
  const entry = entryName === undefined ? undefined : await firstFile([resolve(dir, entryName)]);
  const outDir = literals(/\boutDir\s*:\s*([^\n]*)/.exec(code)?.[1] ?? '').at(-1);
  return {
    path,
    ...(entry === undefined ? {} : { entry }),
    ...(outDir === undefined ? {} : { outDir: resolve(dir, outDir) }),
  };
}

function literals(code: string): string[] {
  return [...code.matchAll(/(['"`])([^'"`\n]+)\1/g)].map((match) => match[2] ?? '');
}
