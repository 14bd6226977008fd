import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { UiPlace } from '../ui-question.js';

/**
 * The folders and files that may be served to a page: the UI itself, installed packages of the project and
 * of the folders above it (workspaces hoist), and the sources that stand in for built files. Other files of
 * the project are only served when a served module imports them, which Vite keeps account of.
 */
export function servedFolders(place: UiPlace, cacheDir: string, allowed: readonly string[]): string[] {
  const sources = place.replacements.flatMap(({ source }) => (source === undefined ? [] : [source]));
  return [place.root, cacheDir, ...packageFolders(place.root), ...sources, ...allowed];
}

function packageFolders(from: string): string[] {
  const found: string[] = [];
  for (let dir = from; ; dir = dirname(dir)) {
    const packages = join(dir, 'node_modules');
    if (existsSync(packages)) found.push(packages);
    if (dirname(dir) === dir) return found;
  }
}
