import type { HeapImage } from '../../build/handler/index.js';
import type { ErrorReport } from '../../core/errors/alga-error.js';
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

/** A bundle that is ready to be stored. */
export interface PackedBundle {
  readonly bytes: Buffer;
  readonly contentHash: ContentHash;
  /** ETag the runner must answer for the bundle's page; absent without a UI. */
  readonly pageEtag: string | undefined;
  /** Key of what it was made of; see `sourceKeyOf`. */
  readonly sourceKey: string;
}

/** To the thread: a template's component, before the first image that needs it, and jobs. */
export type ToPackThread =
  | { readonly type: 'template'; readonly key: string; readonly component: Uint8Array }
  | { readonly type: 'pack'; readonly id: number; readonly job: PackJob };

/** From the thread: the answer to a job. */
export type PackReply =
  | (Omit<PackedBundle, 'bytes'> & { readonly id: number; readonly bytes: Uint8Array<ArrayBuffer> })
  | { readonly id: number; readonly error: ErrorReport };
