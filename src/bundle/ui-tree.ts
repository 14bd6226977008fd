import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { algaError } from '../core/errors/alga-error.js';
import { isSecretFile } from './secret-files.js';

/** A file below the UI folder. */
export interface UiFile {
  /** Path relative to the UI folder, forward slashes, Unicode in composed form (macOS stores it apart). */
  readonly name: string;
  /** Absolute path of the file itself, links resolved. */
  readonly path: string;
  readonly size: number;
}

type LeftOut = (name: string, reason: string) => void;

/** Folders that are sources or caches, never part of a page. */
const NEVER_SHIPPED: ReadonlySet<string> = new Set(['node_modules', '__MACOSX']);

/**
 * All files below `root` (a real path) that a bundle may ship. Hidden files, `node_modules` and old
 * bundles are left out and named to `leftOut`; links are followed inside the folder only.
 * Throws BUNDLE_SECRET_FILE for keys and credentials, BUNDLE_LINK_OUTSIDE for a link that leaves.
 */
export function walkUi(root: string, leftOut: LeftOut): AsyncGenerator<UiFile> {
  return walkFolder({ root, leftOut }, root, '', [root]);
}

interface Walk {
  readonly root: string;
  readonly leftOut: LeftOut;
}

async function* walkFolder(
  walk: Walk,
  folder: string,
  prefix: string,
  ancestors: readonly string[],
): AsyncGenerator<UiFile> {
  for (const item of await readdir(folder, { withFileTypes: true })) {
    const name = `${prefix}${item.name.normalize('NFC')}`;
    const reason = leftOutReason(item.name);
    if (reason !== undefined) {
      walk.leftOut(name, reason);
      continue;
    }
    const path = item.isSymbolicLink()
      ? await resolveLink(walk.root, join(folder, item.name), name)
      : join(folder, item.name);
    const info = await stat(path);
    if (info.isDirectory()) {
      if (ancestors.includes(path)) walk.leftOut(name, 'a link to a folder around it');
      else yield* walkFolder(walk, path, `${name}/`, [...ancestors, path]);
    } else if (info.isFile()) {
      if (isSecretFile(item.name)) throw algaError('BUNDLE_SECRET_FILE', { name: `ui/${name}` });
      yield { name, path, size: info.size };
    } else {
      walk.leftOut(name, 'neither a file nor a folder');
    }
  }
}

function leftOutReason(baseName: string): string | undefined {
  if (baseName.startsWith('.')) return 'hidden';
  if (NEVER_SHIPPED.has(baseName)) return 'not part of a page';
  if (baseName.endsWith('.tar.zst')) return 'an older bundle';
  return undefined;
}

async function resolveLink(root: string, path: string, name: string): Promise<string> {
  const target = await realpath(path).catch(() => undefined);
  if (target === undefined || !(target === root || target.startsWith(root + sep))) {
    throw algaError('BUNDLE_LINK_OUTSIDE', { name: `ui/${name}`, target: target ?? 'nothing' });
  }
  return target;
}
