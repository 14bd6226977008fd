import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BundleBounds } from '../config.js';
import type { ComponentExecutable } from '../executable.js';
import type { CacheDisk } from './cache-disk.js';
import { componentOf } from './executables.js';
import { StoredBundle } from './stored-bundle.js';
import { partsOf } from './tar-bytes.js';
import { type FileTable, unpack } from './unpack.js';

/** File name ending of archives in the live folder that are not compressed yet; before it stands a name of 64 hex digits. */
const TAR_ENDING = '.tar';
const NAME = /^[0-9a-f]{64}$/;

export interface ArchiveAheadOptions {
  /** The live folder. */
  readonly folder: string;
  readonly disk: CacheDisk;
  readonly bounds: BundleBounds;
  /** Makes a component ready whose bundle has no hash yet. Its own is the name of the archive. */
  readonly prepare: (component: ComponentExecutable) => Promise<void>;
  readonly forget: (name: string) => void;
}

/** The files of an archive, in a folder that now belongs to who took it. */
export interface UnpackedArchive {
  readonly folder: string;
  readonly files: FileTable;
}

interface Ahead extends UnpackedArchive {
  readonly name: string;
}

/**
 * The archive of the bundle that a dev server on the same machine is still compressing: unpacked and its component
 * made ready meanwhile. That a bundle is made from it is the dev server's word. The last one is kept.
 */
export class ArchiveAhead {
  readonly #options: ArchiveAheadOptions;
  #last: Promise<Ahead | undefined> = Promise.resolve(undefined);
  /** Under which the last component was made ready. */
  #prepared: string | undefined;

  constructor(options: ArchiveAheadOptions) {
    this.#options = options;
  }

  /** Makes an archive ready by its name. False when there is none, or one that has to be taken the long way. */
  async unpack(name: string): Promise<boolean> {
    const before = this.#last;
    const unpacking = this.#unpack(name).catch(() => undefined);
    this.#last = unpacking;
    const unused = await before;
    if (unused !== undefined) await rm(unused.folder, { recursive: true, force: true });
    return (await unpacking) !== undefined;
  }

  /** The files of an archive that was unpacked ahead, once. */
  async take(name: string): Promise<UnpackedArchive | undefined> {
    const last = this.#last;
    const ahead = await last;
    if (ahead === undefined || this.#last !== last || ahead.name !== name) return undefined;
    this.#last = Promise.resolve(undefined);
    return ahead;
  }

  async #unpack(name: string): Promise<Ahead | undefined> {
    const { bounds, disk, folder: from } = this.#options;
    const file = join(from, `${name}${TAR_ENDING}`);
    if (!NAME.test(name) || (await stat(file)).size > bounds.maxUnpackedBytes) return undefined;
    const tar = await readFile(file);
    const folder = await disk.temporaryPath(name);
    await mkdir(folder);
    try {
      const files = await unpack({ tar: partsOf(tar), into: folder, bounds });
      const component = componentOf(new StoredBundle(name, folder, files), undefined);
      if (component !== undefined) await this.#prepare(component);
      return { name, folder, files };
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** What was made ready of the one before serves under the hash of its bundle by now. */
  async #prepare(component: ComponentExecutable): Promise<void> {
    if (this.#prepared !== undefined) this.#options.forget(this.#prepared);
    this.#prepared = component.hash;
    await this.#options.prepare(component);
  }
}
