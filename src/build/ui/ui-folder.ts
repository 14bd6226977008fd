import { copyFile, lstat, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { scanPage } from '../../project/shape/page.js';
import { lineAndColumn } from '../../project/source-frame.js';
import type { Diagnostic } from '../../project/types.js';
import { isSourceFile, SERVED_TYPES, servedByRunner } from './served-files.js';

/**
 * Copies a UI that needs no build: every regular file that the runner serves. What it refuses is left out,
 * and named when it looks like a part of the page. Links are left out: the runner drops them.
 * Gives the absolute paths of the copied files.
 */
export async function copyUi(
  from: string,
  to: string,
): Promise<{ inputs: string[]; warnings: Diagnostic[] }> {
  const inputs: string[] = [];
  const warnings: Diagnostic[] = [];
  await mkdir(to, { recursive: true });
  for (const path of await filesBelow(from)) {
    const served = servedByRunner(path);
    if (served === 'yes') {
      await mkdir(dirname(join(to, path)), { recursive: true });
      await copyFile(join(from, path), join(to, path));
      inputs.push(join(from, path));
    } else if (served === 'type' && !isSourceFile(path)) {
      warnings.push(typeRefused(path));
    }
  }
  return { inputs, warnings };
}

/**
 * Warnings about a built UI folder: files the runner refuses, and code in pages that the product blocks,
 * unless it stands in `source`, the page it was built from: that is told when the project is loaded.
 */
export async function inspectUi(dir: string, source: string): Promise<Diagnostic[]> {
  const isTold = scanPage(source).inlineCode.some(({ module }) => !module);
  const warnings: Diagnostic[] = [];
  for (const path of await filesBelow(dir)) {
    if (servedByRunner(path) !== 'yes') warnings.push(typeRefused(path));
    if (path.endsWith('.html') && !isTold)
      warnings.push(...inlineCode(path, await readFile(join(dir, path), 'utf8')));
  }
  return warnings;
}

/** Puts the finished folder in the place of the old one. */
export async function replaceFolder(finished: string, place: string): Promise<void> {
  await rm(place, { recursive: true, force: true });
  await mkdir(dirname(place), { recursive: true });
  await rename(finished, place);
}

/**
 * Paths of the regular files below a folder, relative, with forward slashes, sorted.
 * Installed packages are not looked into.
 */
export async function filesBelow(dir: string, below = ''): Promise<string[]> {
  const found: string[] = [];
  const names = (await readdir(join(dir, below))).sort();
  for (const name of names) {
    if (name === 'node_modules') continue;
    const path = below === '' ? name : `${below}/${name}`;
    const kind = await lstat(join(dir, path));
    if (kind.isDirectory()) found.push(...(await filesBelow(dir, path)));
    else if (kind.isFile()) found.push(path);
  }
  return found;
}

function typeRefused(path: string): Diagnostic {
  return {
    code: 'UI_ASSET_TYPE_REFUSED',
    message: `The runner does not serve ${path}: it refuses files of this type.`,
    hint: `Use one of: ${SERVED_TYPES}.`,
    file: path,
  };
}

function inlineCode(path: string, html: string): Diagnostic[] {
  return scanPage(html).inlineCode.map(({ offset }) => ({
    code: 'UI_INLINE_SCRIPT',
    message: 'Code written into the page is blocked by the content security policy of the product.',
    hint: 'A Vite plugin wrote it: make that plugin write a file, or do without it.',
    file: path,
    ...lineAndColumn(html, offset),
  }));
}
