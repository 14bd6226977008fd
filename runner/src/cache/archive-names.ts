import { BundleError } from './errors.js';

const MAX_NAME_BYTES = 1024;
const MAX_SEGMENT_BYTES = 255;
const MAX_DEPTH = 32;

const UNPRINTABLE = /\p{Cc}/u;
const DRIVE = /^[A-Za-z]:/;

/**
 * Decides about the entries of one archive. Names that could only be an attack stop the whole
 * bundle; names the official runner leaves out (hidden files, two dots inside a name) are left out;
 * the rest must be unique, also on a file system that ignores case.
 */
export class ArchiveNames {
  /** Folded path to the spelling that was first seen, for folders and for files. */
  readonly #folders = new Map<string, string>();
  readonly #files = new Set<string>();

  /**
   * The path of a regular file inside the bundle, with `/` between segments, or undefined when it is
   * to be left out. Throws `BundleError('archive')` for hostile, repeated or clashing names.
   */
  accept(entryName: string): string | undefined {
    const name = withoutLeadingDots(entryName);
    refuseHostile(name);
    const segments = name.split('/');
    if (name.includes('..') || segments.some((segment) => segment === '' || segment.startsWith('.'))) {
      return undefined;
    }
    this.#claim(name, segments);
    return name;
  }

  #claim(name: string, segments: readonly string[]): void {
    let path = '';
    for (const segment of segments.slice(0, -1)) {
      path = path === '' ? segment : `${path}/${segment}`;
      const folded = fold(path);
      const known = this.#folders.get(folded);
      if (this.#files.has(folded) || (known !== undefined && known !== path)) throw clash(name);
      this.#folders.set(folded, path);
    }
    const folded = fold(name);
    if (this.#files.has(folded) || this.#folders.has(folded)) throw clash(name);
    this.#files.add(folded);
  }
}

function withoutLeadingDots(name: string): string {
  let rest = name;
  while (rest.startsWith('./')) rest = rest.slice(2);
  return rest;
}

function refuseHostile(name: string): void {
  const segments = name.split('/');
  if (UNPRINTABLE.test(name) || name.includes('\\')) throw refused(name, 'control character or backslash');
  if (name.startsWith('/') || DRIVE.test(name)) throw refused(name, 'absolute path');
  if (segments.includes('..')) throw refused(name, 'path leads out of the bundle');
  const tooLong = Buffer.byteLength(name) > MAX_NAME_BYTES || segments.length > MAX_DEPTH;
  if (tooLong || segments.some((segment) => Buffer.byteLength(segment) > MAX_SEGMENT_BYTES)) {
    throw refused(name, 'name too long or too deep');
  }
}

/** One spelling for all names that some file system takes for the same. */
function fold(path: string): string {
  return path.normalize('NFKC').toUpperCase().toLowerCase();
}

function refused(name: string, why: string): BundleError {
  return new BundleError('archive', `archive entry ${quoted(name)} refused: ${why}`);
}

function clash(name: string): BundleError {
  return refused(name, 'another entry has the same name');
}

function quoted(name: string): string {
  return JSON.stringify(name.length > 120 ? `${name.slice(0, 120)}...` : name);
}
