import { pack as createPack } from 'tar-stream';
import { contentHashOf } from '../core/content-hash.js';
import { algaError } from '../core/errors/alga-error.js';
import type { ContentHash } from '../core/ids.js';
import { type Allocate, joinedIn } from '../core/working-memory.js';
import type { BundleEntry } from './bundle-entry.js';
import { DEFAULT_BUNDLE_LIMITS } from './bundle-limits.js';
import { EntryNames } from './entry-name.js';
import { PieceCompressor } from './piece-compressor.js';
import { compressZstd } from './zstd.js';

/**
 * Level at which a session packs: a 13 MB component in about 40 ms, to 4.5 MB; the next level takes 60 ms for
 * 8 % less.
 */
const SESSION_LEVEL = 1;

/** 13 MB of component in 50 ms, to 3.5 MB. Level 9 takes five times as long for 12 % less. */
const DEVELOPMENT_LEVEL = 3;

/** Any fixed time does; tar tools warn about the epoch itself. */
const ENTRY_TIME = new Date('2000-01-01T00:00:00Z');

export interface PackedBundle {
  /** The compressed file: exactly these bytes are hashed, uploaded and registered. */
  readonly bytes: Buffer;
  readonly contentHash: ContentHash;
  /** What is inside, in archive order; sizes in bytes, unpacked. */
  readonly entries: { name: string; size: number }[];
}

/** A bundle before it is compressed. */
export interface Archive {
  readonly tar: Buffer;
  /** In archive order. */
  readonly entries: readonly BundleEntry[];
}

/** Makes one zstd frame of a content, the same for the same content. */
export type Compress = (content: Buffer) => Promise<Buffer>;

/** Compresses as a session does, quickest where one content follows the other: see {@link PieceCompressor}. */
export function sessionCompression(): Compress {
  const compressor = new PieceCompressor(SESSION_LEVEL);
  return (content) => compressor.compress(content);
}

/** Compresses everything anew; `alga build` does, whose bundles are smaller. */
export function compressionAt(level: number): Compress {
  return (content) => compressZstd(content, level);
}

/**
 * Packs entries into a `bundle.tar.zst` that depends on nothing but their names and contents: see
 * {@link archiveEntries} and {@link compressArchive}, whose errors it throws.
 */
export async function packBundle(
  entries: readonly BundleEntry[],
  compress: Compress = compressionAt(DEVELOPMENT_LEVEL),
): Promise<PackedBundle> {
  return compressArchive(await archiveEntries(entries), compress);
}

/**
 * Writes entries into a tar: sorted names, fixed time, owner and mode. `allocate` gives the bytes for it.
 * Throws BUNDLE_NAME_REFUSED, BUNDLE_NAME_COLLISION, BUNDLE_LIMIT_EXCEEDED.
 */
export async function archiveEntries(
  entries: readonly BundleEntry[],
  allocate: Allocate = Buffer.allocUnsafeSlow,
): Promise<Archive> {
  const sorted = [...entries].sort((a, b) => (a.name < b.name ? -1 : 1));
  checkEntries(sorted);
  return { tar: await writeTar(sorted, allocate), entries: sorted };
}

/** Makes the bundle of an archive. Throws BUNDLE_TOO_LARGE. */
export async function compressArchive({ tar, entries }: Archive, compress: Compress): Promise<PackedBundle> {
  const bytes = await compress(tar);
  const limit = DEFAULT_BUNDLE_LIMITS.compressedBytes;
  if (bytes.length > limit) {
    throw algaError('BUNDLE_TOO_LARGE', { size: bytes.length, limit, largest: largestOf(entries) });
  }
  return {
    bytes,
    contentHash: contentHashOf(bytes),
    entries: entries.map((entry) => ({ name: entry.name, size: entry.content.length })),
  };
}

function checkEntries(entries: readonly BundleEntry[]): void {
  const { entries: most, entryBytes, totalBytes } = DEFAULT_BUNDLE_LIMITS;
  if (entries.length > most) {
    throw algaError('BUNDLE_LIMIT_EXCEEDED', { what: 'entries', value: entries.length, limit: most });
  }
  const names = new EntryNames();
  let total = 0;
  for (const { name, content } of entries) {
    names.addFile(name);
    if (content.length > entryBytes) {
      throw algaError('BUNDLE_LIMIT_EXCEEDED', {
        what: `bytes in ${name}`,
        value: content.length,
        limit: entryBytes,
      });
    }
    total += content.length;
  }
  if (total > totalBytes) {
    throw algaError('BUNDLE_LIMIT_EXCEEDED', { what: 'unpacked bytes', value: total, limit: totalBytes });
  }
}

async function writeTar(entries: readonly BundleEntry[], allocate: Allocate): Promise<Buffer> {
  const archive = createPack();
  for (const { name, content } of entries) {
    const header = { name, size: content.length, mode: 0o644, uid: 0, gid: 0, mtime: ENTRY_TIME };
    archive.entry({ ...header, type: 'file', uname: 'root', gname: 'root' }, content);
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return joinedIn(allocate, chunks);
}

function largestOf(entries: readonly BundleEntry[]): string {
  const [first, ...rest] = entries;
  if (first === undefined) return 'none';
  return rest.reduce((a, b) => (b.content.length > a.content.length ? b : a), first).name;
}
