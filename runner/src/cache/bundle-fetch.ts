import { mkdir, rm } from 'node:fs/promises';
import type { BundleBounds } from '../config.js';
import type { ArchiveAhead } from './archive-ahead.js';
import type { BundleStore } from './bundle-store.js';
import type { CacheDisk } from './cache-disk.js';
import type { HandedOverArchives } from './handed-over-archives.js';
import type { BundleSource } from './object-key.js';
import type { Trust } from './signature.js';
import type { StoredBundle } from './stored-bundle.js';
import { partsOf } from './tar-bytes.js';
import { Turnstile } from './turnstile.js';
import { type FileTable, unpack } from './unpack.js';
import { unpackArchive } from './unpacker.js';

export interface BundleFetchOptions {
  readonly store: BundleStore;
  readonly disk: CacheDisk;
  readonly bounds: BundleBounds;
  readonly trust?: Trust;
  readonly handedOver?: HandedOverArchives;
  readonly ahead?: ArchiveAhead;
}

const PARALLEL_DOWNLOADS = 16;
/** Unpacking takes processor and memory; more at once would only make each of them later. */
const PARALLEL_UNPACKS = 2;

/** Brings bundles from the store to the disk: download, hash, signature, unpack, rename into place. */
export class BundleFetch {
  readonly #options: BundleFetchOptions;
  readonly #downloads = new Turnstile(PARALLEL_DOWNLOADS);
  readonly #unpacks = new Turnstile(PARALLEL_UNPACKS);

  constructor(options: BundleFetchOptions) {
    this.#options = options;
  }

  /** Throws `BundleError`; whatever happens, only a complete bundle is left on disk. */
  async fetch(source: BundleSource, hex: string): Promise<StoredBundle> {
    const { ahead, bounds, disk, store, trust, handedOver } = this.#options;
    const unpacked = source.archive === undefined ? undefined : await ahead?.take(source.archive);
    if (unpacked !== undefined) return await this.#settle(hex, unpacked.folder, async () => unpacked.files);
    // What is handed over carries no signature.
    const handed = trust === undefined ? await handedOver?.find(hex) : undefined;
    if (handed !== undefined) {
      return await this.#unpacks.run(() =>
        this.#unpack(hex, (into) => unpack({ tar: partsOf(handed), into, bounds })),
      );
    }
    const archive = await disk.temporaryPath(hex, '.tar.zst');
    try {
      await this.#downloads.run(async () => {
        const { key } = await store.download(source, hex, archive);
        if (trust !== undefined) await trust.require(archive, await store.signatureOf(key));
      });
      return await this.#unpacks.run(() => this.#unpack(hex, (into) => unpackArchive(archive, into, bounds)));
    } finally {
      await rm(archive, { force: true });
    }
  }

  async #unpack(hex: string, fill: (folder: string) => Promise<FileTable>): Promise<StoredBundle> {
    const folder = await this.#options.disk.temporaryPath(hex);
    return await this.#settle(hex, folder, async () => {
      await mkdir(folder);
      return await fill(folder);
    });
  }

  /** Puts a folder in its place once its files are there; nothing of it stays where it was. */
  async #settle(hex: string, folder: string, files: () => Promise<FileTable>): Promise<StoredBundle> {
    const { disk, trust } = this.#options;
    try {
      return await disk.commit(folder, hex, await files(), trust?.fingerprint);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
