import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { foldersAbove } from '../view.js';
import { envValues } from './env-file.js';

/** How far above a project a checkout of the product is looked for. */
const LEVELS = 6;

/** Where the app reads its environment from, weakest first. */
const APP_FILES = ['.env', join('server', '.env'), join('server', '.env.local')];

/** What marks a folder as a checkout of the product. */
const MARKS = [join('ee', 'runner'), join('ee', 'server'), join('server', 'package.json')];

/** A file of settings, as it lies there. */
export interface SettingsFile {
  readonly path: string;
  readonly text: string;
  readonly values: ReadonlyMap<string, string>;
}

/** The environment of the real app, from the files of the checkout around a project. */
export interface AppEnvironment {
  readonly root: string;
  /** The strongest file there is. */
  readonly path: string;
  readonly values: ReadonlyMap<string, string>;
}

/** The nearest file of a name at or above a folder. */
export async function nearestSettings(from: string, name: string): Promise<SettingsFile | undefined> {
  for (const folder of foldersAbove(from).slice(0, LEVELS)) {
    const path = join(folder, name);
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text !== undefined) return { path, text, values: envValues(text) };
  }
  return undefined;
}

/** The product checkout a project lies in; undefined for a project of its own. */
export async function checkoutRoot(from: string): Promise<string | undefined> {
  for (const folder of foldersAbove(from).slice(0, LEVELS)) {
    const marks = await Promise.all(MARKS.map((mark) => stat(join(folder, mark)).catch(() => undefined)));
    if (marks.some((mark) => mark !== undefined)) return folder;
  }
  return undefined;
}

/** The real app's settings; undefined when the project lies in no checkout, or that has none. */
export async function appEnvironment(from: string): Promise<AppEnvironment | undefined> {
  const root = await checkoutRoot(from);
  if (root === undefined) return undefined;
  const values = new Map<string, string>();
  let strongest: string | undefined;
  for (const name of APP_FILES) {
    const path = join(root, name);
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    strongest = path;
    for (const [key, value] of envValues(text)) values.set(key, value);
  }
  return strongest === undefined ? undefined : { root, path: strongest, values };
}
