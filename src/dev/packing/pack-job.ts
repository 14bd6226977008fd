import type { HeapImage } from '../../build/handler/index.js';
import type { ContentHash } from '../../core/ids.js';

/** The handler's part of a bundle: whole, or as what differs from the component of a template. */
export type PackedHandler =
  | { readonly kind: 'component'; readonly bytes: Uint8Array }
  | { readonly kind: 'image'; readonly image: HeapImage };

/** What a bundle is made of. */
export interface PackJob {
  /** The manifest's exact text. */
  readonly manifestText: string;
  readonly handler: PackedHandler | undefined;
  /** Folder of the built UI. */
  readonly uiDir: string | undefined;
}

/** Who wants to have the archive of a bundle while it is being compressed. */
export interface ArchiveTaker {
  /** Absolute path of the folder in which it is left. */
  readonly folder: string;
  /** Told the archive's name: it lies there as `<name>.tar` until the promise settles. */
  take(name: string): Promise<void>;
}

/** A bundle that is ready to be stored. */
export interface PackedBundle {
  readonly bytes: Buffer;
  readonly contentHash: ContentHash;
  /** ETag the runner must answer for the bundle's page; absent without a UI. */
  readonly pageEtag: string | undefined;
  /** Name of the archive it was made from, when somebody has that. */
  readonly archive?: string | undefined;
  /** Key of what it was made of; see `sourceKeyOf`. */
  readonly sourceKey: string;
}
