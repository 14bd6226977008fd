import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../../core/entry.js';
import { savedSince } from '../../core/saved-since.js';
import { hashUiInputs } from './inputs.js';
import type { UiBuildInput } from './ui-build-input.js';
import { filesBelow } from './ui-folder.js';

const recordSchema = z.object({
  /** Of everything the build depends on. */
  key: z.string(),
  /** Of the built files. */
  output: z.string(),
  /** Absolute paths. */
  inputs: z.array(z.string()),
});

/** What the files of a lock say is what a build resolves; each package manager has its own. */
const LOCKS = ['package-lock.json', 'pnpm-lock.yaml', 'yarn.lock'];

/** Whether something was built into this folder before; whether it still holds is not looked at. */
export function hasKeptBuild(outDir: string): boolean {
  return existsSync(recordFile(outDir));
}

/**
 * The inputs of the build that lies in `outDir`, when a new one would give the same files: its sources, the names
 * beside them, packages, settings and tools are as they were, and nobody has touched its output.
 */
export async function keptBuild(input: UiBuildInput): Promise<readonly string[] | undefined> {
  try {
    const record = recordSchema.parse(JSON.parse(await readFile(recordFile(input.outDir), 'utf8')));
    const [key, output] = await Promise.all([keyOf(input, record.inputs), hashOfFolder(input.outDir)]);
    return key === record.key && output === record.output ? record.inputs : undefined;
  } catch {
    return undefined;
  }
}

/** Notes that the build in `outDir` was made from these inputs, which were read after `began` (Unix milliseconds). */
export async function keepBuild(
  input: UiBuildInput,
  inputs: readonly string[],
  began: number,
): Promise<void> {
  const file = recordFile(input.outDir);
  try {
    // Saved while it was being built: what it was made from cannot be told any more.
    if (await savedSince(inputs, began)) throw new Error('an input has changed');
    if (await asksEnvironment(input, inputs)) throw new Error('the environment is an input');
    const [key, output] = await Promise.all([keyOf(input, inputs), hashOfFolder(input.outDir)]);
    await writeFile(file, JSON.stringify({ key, output, inputs }));
  } catch {
    await rm(file, { force: true }).catch(() => undefined);
  }
}

function recordFile(outDir: string): string {
  return `${outDir}.json`;
}

async function keyOf({ projectRoot, ui }: UiBuildInput, inputs: readonly string[]): Promise<string> {
  const locks = LOCKS.map((name) => join(projectRoot, name));
  const facts = [
    await hashUiInputs(projectRoot, [...inputs, ...locks, join(packageRoot(), 'package.json')]),
    createRequire(import.meta.url)('vite/package.json').version,
    process.versions.node,
    ui,
    await namesOf(ui.root, projectRoot),
    Object.entries(process.env)
      .filter(([name]) => name.startsWith('VITE_'))
      .sort(),
  ];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

/** Names of the files that a build could come to use: one more can change what an import means. */
async function namesOf(root: string, projectRoot: string): Promise<string[]> {
  if (root !== projectRoot) return await filesBelow(root);
  const beside = (await readdir(root)).sort();
  const sources = join(root, 'src');
  return [...beside, ...(existsSync(sources) ? await filesBelow(sources) : [])];
}

async function hashOfFolder(folder: string): Promise<string> {
  const names = await filesBelow(folder);
  return await hashUiInputs(
    folder,
    names.map((name) => join(folder, name)),
  );
}

/** Whether settings are taken from the environment, which is another one in every terminal. */
async function asksEnvironment({ ui }: UiBuildInput, inputs: readonly string[]): Promise<boolean> {
  const settings = inputs.filter(
    (file) => /\.[cm]?[jt]s$/.test(file) && !file.startsWith(join(ui.root, 'src')),
  );
  const texts = await Promise.all(settings.map((file) => readFile(file, 'utf8').catch(() => '')));
  return texts.some((text) => /\bprocess\.env\b|\bloadEnv\b/.test(text));
}
