// Compiles the product into dist/ when a source has changed.
import { existsSync } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { root, say } from './commands.mjs';
import { hashOf, isFresh, writeStamp } from './stamp.mjs';

const SOURCES = [
  'src',
  'runner/src',
  'runner/wit',
  'scripts/lib',
  'tsconfig.json',
  'tsconfig.build.json',
  'package-lock.json',
];
const STAMP = 'dist/.built';

export async function buildIfNeeded() {
  const hash = hashOf(SOURCES);
  if (!isFresh(STAMP, hash)) await build(hash);
}

export async function build(hash = hashOf(SOURCES)) {
  const began = performance.now();
  await rm(join(root, 'dist'), { recursive: true, force: true });
  await mkdir(join(root, 'dist'), { recursive: true });
  const { compile, bundlePrograms } = await compiler();
  await compile();
  await bundlePrograms();
  await copyAssets();
  writeStamp(STAMP, hash);
  say(`built in ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

/** Builds what the image of the runner is made of: the runner alone. */
export async function buildRunner() {
  const { compileRunner, bundleRunner } = await compiler();
  await compileRunner();
  await bundleRunner();
}

/** Loaded when it is needed: this module is used before any package is installed. */
async function compiler() {
  return { ...(await import('./compile.mjs')), ...(await import('./bundle.mjs')) };
}

/** Files that are read at run time but not compiled. */
async function copyAssets() {
  for (const folder of ['src/host/assets', 'src/build/handler/prebuilt']) {
    if (existsSync(join(root, folder))) {
      await cp(join(root, folder), join(root, 'dist', folder), { recursive: true });
    }
  }
}
