import { algaError } from '../core/errors/alga-error.js';

const LONGEST_NAME = 512;

/** The fault of a name whose only fault it is to be hidden: such files are left out, not refused. */
export const HIDDEN = 'the name is hidden';

/**
 * Why the runner (or a file system it unpacks to) would skip or misread an entry of this name;
 * undefined for a good one. The runner skips every name with `..` anywhere in it, not only as a segment.
 */
export function nameFault(name: string): string | undefined {
  if (name === '') return 'the name is empty';
  if (Buffer.byteLength(name) > LONGEST_NAME) return `the name is longer than ${LONGEST_NAME} bytes`;
  if (hasControlCharacter(name)) return 'the name has control characters';
  if (name.includes('\\')) return 'the name has a backslash';
  if (name.includes(':')) return 'the name has a colon';
  if (name.startsWith('/')) return 'the name is absolute';
  if (name.includes('..')) return 'the name has two dots in a row';
  const segments = name.split('/');
  if (segments.includes('')) return 'the name has an empty segment';
  if (segments.some((segment) => /[. ]$/.test(segment))) return 'a segment ends in a dot or a space';
  if (isHidden(name)) return HIDDEN;
  return undefined;
}

/** Whether a segment of the path starts with a dot; the runner never serves such a file. */
function isHidden(name: string): boolean {
  return name.split('/').some((segment) => segment.startsWith('.'));
}

function hasControlCharacter(name: string): boolean {
  for (let index = 0; index < name.length; index += 1) {
    const code = name.charCodeAt(index);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

interface Taken {
  readonly spelling: string;
  readonly kind: 'file' | 'folder';
}

/**
 * The names of one archive. Two names may not be equal once case and Unicode form are folded away,
 * and a file may not be another file's folder: unpacked on some file systems they would overwrite
 * each other, so that what is served would depend on the machine.
 */
export class EntryNames {
  readonly #taken = new Map<string, Taken>();

  /** Takes a file name with all its folders. Throws BUNDLE_NAME_REFUSED or BUNDLE_NAME_COLLISION. */
  addFile(name: string): void {
    this.#add(name, 'file');
  }

  /** Takes a folder name; the same folder may come again. Throws as {@link addFile}. */
  addFolder(name: string): void {
    this.#add(name, 'folder');
  }

  #add(name: string, kind: Taken['kind']): void {
    const reason = nameFault(name);
    if (reason !== undefined) throw algaError('BUNDLE_NAME_REFUSED', { name, reason });
    for (let end = name.indexOf('/'); end !== -1; end = name.indexOf('/', end + 1)) {
      this.#take({ spelling: name.slice(0, end), kind: 'folder' }, name);
    }
    this.#take({ spelling: name, kind }, name);
  }

  #take(wanted: Taken, name: string): void {
    const key = wanted.spelling.normalize('NFC').toLowerCase();
    const taken = this.#taken.get(key);
    if (taken === undefined) {
      this.#taken.set(key, wanted);
      return;
    }
    const sameFolder = taken.kind === 'folder' && wanted.kind === 'folder';
    if (!sameFolder || taken.spelling !== wanted.spelling) {
      throw algaError('BUNDLE_NAME_COLLISION', { first: taken.spelling, second: name });
    }
  }
}
