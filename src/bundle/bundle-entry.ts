/** One file of a bundle. */
export interface BundleEntry {
  /** Path inside the archive: relative, forward slashes, no leading `./`. */
  readonly name: string;
  readonly content: Uint8Array;
}
