import { join, resolve } from 'node:path';
import { firstFile, isFile, readTextIfThere } from '../files.js';
import { blankComments } from '../source-scan.js';
import type { PackageFile } from './package-file.js';

/** One bundling that a package script does: from which source to which file or folder. */
export interface ScriptBundle {
  /** Name of the package script. */
  readonly script: string;
  /** Absolute path of the entry; it exists. */
  readonly entry: string;
  /** Absolute path of the written file, or of the folder when `outDir`. */
  readonly output: string;
  readonly outDir: boolean;
}

const SOURCE = /\.[cm]?[jt]sx?$/;

/**
 * Reads which entries the package's scripts bundle with esbuild or tsup, from the command lines
 * themselves and from the build program (`node scripts/build.mjs`) they start. Nothing is run.
 */
export async function scriptBundles(pkg: PackageFile): Promise<ScriptBundle[]> {
  const found: ScriptBundle[] = [];
  for (const [script, line] of Object.entries(pkg.scripts)) {
    for (const command of line.split(/&&|\|\||;|\|/)) {
      const words = command.trim().split(/\s+/).map(unquoted);
      found.push(...(await fromBundlerLine(pkg.dir, script, words)));
      found.push(...(await fromBuildProgram(pkg.dir, script, words)));
    }
  }
  return found;
}

/** `esbuild entry --outfile=x`, `tsup entry --out-dir x`. */
async function fromBundlerLine(dir: string, script: string, words: string[]): Promise<ScriptBundle[]> {
  const at = words.findIndex((word) => word === 'esbuild' || word === 'tsup');
  if (at === -1 || at > 2) return [];
  const args = words.slice(at + 1);
  const file = flagValue(args, ['--outfile']);
  const folder =
    flagValue(args, ['--outdir', '--out-dir', '-d']) ?? (words[at] === 'tsup' ? 'dist' : undefined);
  const output = file ?? folder;
  if (output === undefined) return [];
  const entries = args.filter((word) => !word.startsWith('-') && SOURCE.test(word) && word !== output);
  const found: ScriptBundle[] = [];
  for (const word of entries) {
    const entry = resolve(dir, word);
    if (!(await isFile(entry))) continue;
    found.push({ script, entry, output: resolve(dir, output), outDir: file === undefined });
  }
  return found;
}

/** A program of the project that calls esbuild: its first source literal and its `.js` output literal. */
async function fromBuildProgram(dir: string, script: string, words: string[]): Promise<ScriptBundle[]> {
  if (words[0] !== 'node') return [];
  const program = words.slice(1).find((word) => SOURCE.test(word));
  const text = program === undefined ? undefined : await readTextIfThere(resolve(dir, program));
  if (text === undefined || !/\besbuild\b/.test(text)) return [];
  const code = blankComments(text);
  const entryPart = /entryPoints\s*:\s*(\[[^\]]*\]|\{[^}]*\})/.exec(code)?.[1] ?? '';
  const outFile = stringsOf(/outfile\s*:\s*([^\n]*)/.exec(code)?.[1] ?? '').find((literal) =>
    SOURCE.test(literal),
  );
  const entryName = stringsOf(entryPart).find((literal) => SOURCE.test(literal));
  if (entryName === undefined || outFile === undefined) return [];
  const entry = await firstFile([resolve(dir, entryName)]);
  if (entry === undefined) return [];
  // `resolve(dist, 'ui/index.js')`: the literal is relative to a folder that is `dist` in every project seen.
  const output = /\bdist\b/.test(outFile) ? resolve(dir, outFile) : join(dir, 'dist', outFile);
  return [{ script, entry, output, outDir: false }];
}

function flagValue(args: readonly string[], names: readonly string[]): string | undefined {
  for (const [index, word] of args.entries()) {
    for (const name of names) {
      if (word.startsWith(`${name}=`)) return unquoted(word.slice(name.length + 1));
      if (word === name) return args[index + 1];
    }
  }
  return undefined;
}

function stringsOf(code: string): string[] {
  return [...code.matchAll(/(['"`])([^'"`\n]+)\1/g)].map((match) => match[2] ?? '');
}

function unquoted(word: string): string {
  return word.replace(/^(['"])(.*)\1$/, '$2');
}
