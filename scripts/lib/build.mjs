// Compiles the product into dist/ when a source has changed.
import { existsSync } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { root, run, say } from './commands.mjs';
import { hashOf, isFresh, writeStamp } from './stamp.mjs';

const SOURCES = [
  'src',
  'runner/src',
  'runner/wit',
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
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const page = 'src/host/page/tsconfig.json';
  await Promise.all([
    run(process.execPath, [tsc, '-p', 'tsconfig.build.json']),
    existsSync(join(root, page)) ? run(process.execPath, [tsc, '-p', page]) : undefined,
  ]);
  await copyAssets();
  writeStamp(STAMP, hash);
  say(`built in ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

/** Files that are read at run time but not compiled. */
async function copyAssets() {
  for (const folder of ['src/host/assets', 'src/build/handler/prebuilt']) {
    if (existsSync(join(root, folder))) {
      await cp(join(root, folder), join(root, 'dist', folder), { recursive: true });
    }
  }
}
