import { readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { contentTypeOf, servedByRunner } from '../served-files.js';

/** What a request for a file of a UI is answered with. */
export type PlainAnswer =
  | { readonly type: 'file'; readonly path: string; readonly content: Buffer; readonly contentType: string }
  | { readonly type: 'page'; readonly path: string; readonly html: string }
  | { readonly type: 'refused' }
  | { readonly type: 'missing' };

/** A path that the runner refuses whatever it means: hidden or parent names, backslashes, control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const REFUSED_PATH = /[\\\u0000-\u001f\u007f]/;

/**
 * Looks up a file the way the runner serves an unpacked UI: `path` is the decoded path below the UI's root.
 * A folder or missing file is `missing`, which the runner answers with the page. Links that leave the root
 * are missing as well.
 */
export async function findPlainFile(root: string, path: string): Promise<PlainAnswer> {
  const name = path.replace(/^\/+/, '').replace(/\/+$/, '');
  if (REFUSED_PATH.test(name) || servedByRunner(name) !== 'yes') return { type: 'refused' };
  const file = await realpath(join(root, name)).catch(() => undefined);
  const inside = file?.startsWith((await realpath(root).catch(() => root)) + sep);
  if (file === undefined || inside !== true || !(await stat(file)).isFile()) return { type: 'missing' };
  const content = await readFile(file);
  if (name.endsWith('.html')) return { type: 'page', path: `/${name}`, html: content.toString('utf8') };
  return { type: 'file', path: `/${name}`, content, contentType: contentTypeOf(name) };
}
