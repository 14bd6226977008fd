import { createHash } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Extract, Header } from 'tar-stream';
import type { BundleBounds } from '../config.js';
import { text } from '../net/text.js';
import { ArchiveNames } from './archive-names.js';
import { BundleError } from './errors.js';

/** Size and lower-case hex SHA-256 of one unpacked file. */
export interface FileFacts {
  readonly size: number;
  readonly sha256: string;
}

/** The files of a bundle by their path in it, `/` between segments. */
export type FileTable = ReadonlyMap<string, FileFacts>;

export interface UnpackInput {
  /** The bytes of the tar. */
  readonly tar: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** An empty folder of which nobody else knows; filled with `bundle/` and `ui/`. */
  readonly into: string;
  readonly bounds: BundleBounds;
}

/** Where a file of a bundle lies below the bundle's folder. */
export function diskPath(name: string): string {
  return name.startsWith('ui/') ? name : `bundle/${name}`;
}

/**
 * Unpacks a bundle as hostile input: bounded sizes and counts, regular files only, nothing outside
 * `into`. Links are left out, as the official runner does; what could only be an attack throws
 * `BundleError`, and the caller then removes what was written so far.
 */
export async function unpack(input: UnpackInput): Promise<FileTable> {
  const { extract } = await import('tar-stream');
  const tar = extract();
  const feeding = pipeline(input.tar, tar);
  const fed = feeding.then(
    () => undefined,
    (error: unknown) => error,
  );
  try {
    const files = await takeEntries(tar, input);
    await feeding;
    return files;
  } catch (error) {
    tar.destroy();
    const cause = (await fed) instanceof BundleError ? await fed : error;
    if (cause instanceof BundleError) throw cause;
    throw new BundleError('archive', `bundle cannot be unpacked: ${text(cause)}`, { cause });
  }
}

async function takeEntries(tar: Extract, input: UnpackInput): Promise<Map<string, FileFacts>> {
  const { bounds, into } = input;
  const files = new Map<string, FileFacts>();
  const names = new ArchiveNames();
  let entries = 0;
  for await (const entry of tar) {
    entries += 1;
    if (entries > bounds.maxEntries) {
      throw new BundleError('archive', `bundle has more than ${bounds.maxEntries} entries`);
    }
    const name = nameOf(entry.header, names, bounds.maxFileBytes);
    if (name === undefined) entry.resume();
    else files.set(name, await writeEntry(entry as AsyncIterable<Buffer>, join(into, diskPath(name))));
  }
  return files;
}

/** The name under which an entry is taken; undefined when it is left out. */
function nameOf(header: Header, names: ArchiveNames, maxFileBytes: number): string | undefined {
  switch (header.type) {
    case 'file':
    case 'contiguous-file':
      break;
    case 'directory':
    case 'symlink':
    case 'link':
      return undefined;
    default:
      throw new BundleError(
        'archive',
        `archive entry ${JSON.stringify(header.name)} refused: ${header.type ?? 'unknown type'}`,
      );
  }
  if ((header.size ?? 0) > maxFileBytes) {
    throw new BundleError('too_large', `a file of the bundle is larger than ${maxFileBytes} bytes`);
  }
  return names.accept(header.name);
}

/** Writes a new file, read-only from the start; an existing one is never followed or replaced. */
async function writeEntry(entry: AsyncIterable<Buffer>, file: string): Promise<FileFacts> {
  await mkdir(dirname(file), { recursive: true });
  const handle = await open(file, 'wx', 0o444);
  try {
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of entry) {
      // Written by another thread while this one hashes.
      const writing = handle.appendFile(chunk);
      hash.update(chunk);
      size += chunk.length;
      await writing;
    }
    return { size, sha256: hash.digest('hex') };
  } finally {
    await handle.close();
  }
}
