import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BundleEntry, packBundle, sessionCompression } from '../../bundle/index.js';
import { contentHashOf } from '../../core/content-hash.js';
import { projectStateDir } from '../../core/paths.js';
import type { Objects } from './objects.js';

/**
 * Looks for the bytes of a bundle wherever they may still be: under another key of the store, in the
 * project's `dist` folder, or unpacked in the runner's cache, packed again. Whatever is found is
 * taken only when its hash is the wanted one.
 */
export async function findBundleBytes(
  projectRoot: string,
  objects: Pick<Objects, 'sizes' | 'read'>,
  hash: string,
): Promise<{ bytes: Uint8Array; from: string } | undefined> {
  const hex = hash.slice('sha256:'.length);
  for (const key of objects.sizes.keys()) {
    if (!key.endsWith(`${hex}/bundle.tar.zst`)) continue;
    const bytes = await objects.read(key);
    if (bytes !== undefined && contentHashOf(bytes) === hash) return { bytes, from: key };
  }
  const file = join(projectRoot, 'dist', 'bundle.tar.zst');
  const packed = await readFile(file).catch(() => undefined);
  if (packed !== undefined && contentHashOf(packed) === hash) return { bytes: packed, from: file };
  return packAgain(join(projectStateDir(projectRoot), 'runner-cache', hex), hash);
}

async function packAgain(
  folder: string,
  hash: string,
): Promise<{ bytes: Uint8Array; from: string } | undefined> {
  try {
    const entries = [
      ...(await filesBelow(join(folder, 'bundle'), '')),
      ...(await filesBelow(join(folder, 'ui'), 'ui/')),
    ];
    if (entries.length === 0) return undefined;
    // As a session packs, and as `alga build` does.
    for (const compress of [sessionCompression(), undefined]) {
      const { bytes, contentHash } = await packBundle(entries, compress);
      if (contentHash === hash) return { bytes, from: `the runner's cache, ${folder}` };
    }
    return undefined;
  } catch {
    return undefined;
  }
}

async function filesBelow(folder: string, prefix: string): Promise<BundleEntry[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = found.filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
  return Promise.all(
    files.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const name = path.slice(folder.length + 1).replaceAll('\\', '/');
      return { name: `${prefix}${name}`, content: await readFile(path) };
    }),
  );
}
