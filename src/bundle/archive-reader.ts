import { type Extract as Archive, extract as openArchive } from 'tar-stream';
import { AlgaError, algaError, textOf } from '../core/errors/alga-error.js';
import type { BundleEntry } from './bundle-entry.js';
import { type BundleLimits, DEFAULT_BUNDLE_LIMITS, RATIO_FREE_BYTES } from './bundle-limits.js';
import { EntryNames, HIDDEN, nameFault } from './entry-name.js';
import { decompressZstd } from './zstd.js';

type ArchiveEntry = Archive extends AsyncIterable<infer Source> ? Source : never;

/**
 * Reads a bundle from an untrusted source into memory, in archive order.
 * Accepts files and folders; a leading `./` is removed; hidden files are left out, as the runner does.
 * Everything that could escape, overwrite or exhaust is refused: BUNDLE_ENTRY_KIND_REFUSED (links,
 * devices), BUNDLE_NAME_REFUSED, BUNDLE_NAME_COLLISION, BUNDLE_LIMIT_EXCEEDED, BUNDLE_TOO_LARGE,
 * BUNDLE_CORRUPT. Nothing touches the disk.
 */
export async function readBundle(
  bytes: Uint8Array,
  limits: Partial<BundleLimits> = {},
): Promise<BundleEntry[]> {
  const bounds: BundleLimits = { ...DEFAULT_BUNDLE_LIMITS, ...limits };
  if (bytes.length > bounds.compressedBytes) {
    const params = { size: bytes.length, limit: bounds.compressedBytes, largest: 'unknown' };
    throw algaError('BUNDLE_TOO_LARGE', params);
  }
  try {
    return await readEntries(bytes, bounds);
  } catch (error) {
    if (error instanceof AlgaError) throw error;
    throw algaError('BUNDLE_CORRUPT', { reason: `tar: ${textOf(error)}` }, { cause: error });
  }
}

async function readEntries(bytes: Uint8Array, limits: BundleLimits): Promise<BundleEntry[]> {
  const archive = openArchive();
  const feeding = feed(archive, bytes, limits);
  // A failure of the feeding side destroys the archive and so surfaces in the loop below as well.
  feeding.catch(() => undefined);
  const found: BundleEntry[] = [];
  const names = new EntryNames();
  let seen = 0;
  for await (const entry of archive) {
    seen += 1;
    if (seen > limits.entries) {
      throw algaError('BUNDLE_LIMIT_EXCEEDED', { what: 'entries', value: seen, limit: limits.entries });
    }
    const read = await readEntry(entry, names, limits);
    if (read !== undefined) found.push(read);
  }
  await feeding;
  if (found.length === 0) throw algaError('BUNDLE_CORRUPT', { reason: 'the archive is empty' });
  return found;
}

/** Decodes into the archive as fast as it takes the bytes, and stops at the limits. */
async function feed(archive: Archive, bytes: Uint8Array, limits: BundleLimits): Promise<void> {
  try {
    for await (const block of decompressZstd(bytes, (total) => checkTotal(total, bytes.length, limits))) {
      if (archive.destroyed) return;
      if (!archive.write(block)) await drained(archive);
    }
    archive.end(undefined);
  } catch (error) {
    archive.destroy(error instanceof Error ? error : new Error(textOf(error)));
    throw error;
  }
}

function drained(archive: Archive): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      archive.off('drain', done);
      archive.off('close', done);
      resolve();
    };
    archive.on('drain', done);
    archive.on('close', done);
  });
}

function checkTotal(total: number, compressed: number, limits: BundleLimits): void {
  if (total > limits.totalBytes) {
    const params = { what: 'unpacked bytes', value: total, limit: limits.totalBytes };
    throw algaError('BUNDLE_LIMIT_EXCEEDED', params);
  }
  const ratio = Math.ceil(total / Math.max(compressed, 1));
  if (total > RATIO_FREE_BYTES && ratio > limits.ratio) {
    throw algaError('BUNDLE_LIMIT_EXCEEDED', {
      what: 'unpacked bytes for each compressed byte',
      value: ratio,
      limit: limits.ratio,
    });
  }
}

async function readEntry(
  entry: ArchiveEntry,
  names: EntryNames,
  limits: BundleLimits,
): Promise<BundleEntry | undefined> {
  const { type, size } = entry.header;
  const name = entry.header.name.replace(/^(?:\.\/)+/, '');
  if (type === 'directory') {
    entry.resume();
    const folder = name.replace(/\/+$/, '');
    if (folder !== '' && folder !== '.' && nameFault(folder) !== HIDDEN) names.addFolder(folder);
    return undefined;
  }
  if (type !== 'file') {
    throw algaError('BUNDLE_ENTRY_KIND_REFUSED', { name, kind: type ?? 'thing of unknown kind' });
  }
  if (size > limits.entryBytes) {
    const params = { what: `bytes in ${JSON.stringify(name)}`, value: size, limit: limits.entryBytes };
    throw algaError('BUNDLE_LIMIT_EXCEEDED', params);
  }
  if (nameFault(name) === HIDDEN) {
    entry.resume();
    return undefined;
  }
  names.addFile(name);
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry) chunks.push(chunk as Uint8Array);
  return { name, content: Buffer.concat(chunks) };
}
