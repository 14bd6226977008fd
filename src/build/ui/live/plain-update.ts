import { readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { HotPayload } from 'vite';
import { scanPage } from '../../../project/shape/page.js';

/**
 * What pages are told when a file of a UI changes that Vite does not build: a style sheet that the page links
 * is replaced in place, everything else loads the page anew.
 */
export async function plainUpdate(root: string, file: string, timestamp: number): Promise<HotPayload> {
  const path = `/${relative(root, file).split(sep).join('/')}`;
  const html = await readFile(join(root, 'index.html'), 'utf8').catch(() => '');
  const linked = scanPage(html).references.some(
    ({ kind, url }) => kind === 'style' && new URL(url, 'http://page/').pathname === path,
  );
  if (!linked) return { type: 'full-reload', path: '*' };
  return { type: 'update', updates: [{ type: 'css-update', path, acceptedPath: path, timestamp }] };
}
