import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Unseen } from '../unseen.js';
import { envValues } from './env-file.js';
import { foldersAbove } from './folders-above.js';

/** How far above a project a checkout of the product is looked for. */
const LEVELS = 6;

/** Where files of the product are looked for, nearest first. */
export interface ProductPlace {
  readonly folders: readonly string[];
  /** Somebody has said that the one folder is a checkout, whatever it looks like. */
  readonly named: boolean;
}

/** The folders around a project, or the one that was named instead. Throws `Unseen` when that is not there. */
export async function productPlace(root: string, named: string | undefined): Promise<ProductPlace> {
  if (named === undefined) return { folders: foldersAbove(root).slice(0, LEVELS), named: false };
  if (await isFolder(named)) return { folders: [named], named: true };
  throw new Unseen('product', 'failed', `there is no folder ${named}`);
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
}

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

/** The nearest file of a name. */
export async function nearestSettings(
  { folders }: ProductPlace,
  name: string,
): Promise<SettingsFile | undefined> {
  for (const folder of folders) {
    const path = join(folder, name);
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text !== undefined) return { path, text, values: envValues(text) };
  }
  return undefined;
}

/** The product checkout a project lies in, or that was named; undefined for a project of its own. */
export async function checkoutRoot({ folders, named }: ProductPlace): Promise<string | undefined> {
  if (named) return folders[0];
  for (const folder of folders) {
    const marks = await Promise.all(MARKS.map((mark) => stat(join(folder, mark)).catch(() => undefined)));
    if (marks.some((mark) => mark !== undefined)) return folder;
  }
  return undefined;
}

/** The real app's settings; undefined when there is no checkout, or it has none. */
export async function appEnvironment(place: ProductPlace): Promise<AppEnvironment | undefined> {
  const root = await checkoutRoot(place);
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
