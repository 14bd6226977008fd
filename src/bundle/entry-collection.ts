import { readFile, realpath } from 'node:fs/promises';
import { algaError } from '../core/errors/alga-error.js';
import type { BundleEntry } from './bundle-entry.js';
import { DEFAULT_BUNDLE_LIMITS } from './bundle-limits.js';
import { type UiFile, walkUi } from './ui-tree.js';

export interface EntrySources {
  /** The manifest's exact text. */
  readonly manifestText: string;
  readonly component?: Uint8Array;
  /** Folder whose files become `ui/...`; must hold `index.html`. */
  readonly uiDir?: string;
  /** Told of every file of the UI folder that is left out, and why. */
  readonly onLeftOut?: (name: string, reason: string) => void;
}

/**
 * Reads what goes into a bundle, from an explicit list and nothing else: `manifest.json`,
 * `dist/main.wasm` (once) and the UI folder as `ui/...`, sorted by name. Contents are read once, so
 * what is packed, hashed and uploaded is the same even when a file changes meanwhile.
 * Throws BUNDLE_UI_MISSING, BUNDLE_SECRET_FILE, BUNDLE_LINK_OUTSIDE, BUNDLE_LIMIT_EXCEEDED.
 */
export async function collectEntries(sources: EntrySources): Promise<BundleEntry[]> {
  const entries: BundleEntry[] = [{ name: 'manifest.json', content: Buffer.from(sources.manifestText) }];
  if (sources.component !== undefined) entries.push({ name: 'dist/main.wasm', content: sources.component });
  if (sources.uiDir !== undefined) entries.push(...(await uiEntries(sources.uiDir, sources.onLeftOut)));
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function uiEntries(dir: string, onLeftOut: EntrySources['onLeftOut']): Promise<BundleEntry[]> {
  const root = await realpath(dir).catch((cause: unknown) => {
    throw algaError('BUNDLE_UI_MISSING', { dir }, { cause });
  });
  const files: UiFile[] = [];
  let bytes = 0;
  for await (const file of walkUi(root, (name, reason) => onLeftOut?.(`ui/${name}`, reason))) {
    files.push(file);
    bytes += file.size;
    checkBounds(files.length, bytes);
  }
  if (!files.some((file) => file.name === 'index.html')) throw algaError('BUNDLE_UI_MISSING', { dir });
  return readAll(files);
}

/** Stops before a folder that was never meant to be shipped is read into memory. */
function checkBounds(count: number, bytes: number): void {
  const { entries, totalBytes } = DEFAULT_BUNDLE_LIMITS;
  if (count > entries) {
    throw algaError('BUNDLE_LIMIT_EXCEEDED', {
      what: 'files in the UI folder',
      value: count,
      limit: entries,
    });
  }
  if (bytes > totalBytes) {
    throw algaError('BUNDLE_LIMIT_EXCEEDED', {
      what: 'bytes in the UI folder',
      value: bytes,
      limit: totalBytes,
    });
  }
}

const READS_AT_ONCE = 16;

async function readAll(files: readonly UiFile[]): Promise<BundleEntry[]> {
  const entries: BundleEntry[] = [];
  for (let start = 0; start < files.length; start += READS_AT_ONCE) {
    const batch = files.slice(start, start + READS_AT_ONCE);
    entries.push(...(await Promise.all(batch.map(readOne))));
  }
  return entries;
}

async function readOne(file: UiFile): Promise<BundleEntry> {
  return { name: `ui/${file.name}`, content: await readFile(file.path) };
}
