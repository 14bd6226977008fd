const MIB = 1_048_576;

/** Bounds that a bundle must keep, when it is made and when a foreign one is read. */
export interface BundleLimits {
  /** Bytes of the compressed file. */
  readonly compressedBytes: number;
  readonly entries: number;
  /** Bytes of one unpacked entry. */
  readonly entryBytes: number;
  /** Bytes of all unpacked entries together, tar padding included. */
  readonly totalBytes: number;
  /** Unpacked bytes for each compressed byte; only judged beyond {@link RATIO_FREE_BYTES}. */
  readonly ratio: number;
}

/** Below this size a high ratio harms nobody (an icon sheet or a map file can compress very well). */
export const RATIO_FREE_BYTES = 16 * MIB;

/** The product's own cap for the file, and bounds for what it leaves open. */
export const DEFAULT_BUNDLE_LIMITS: BundleLimits = {
  compressedBytes: 200 * MIB,
  entries: 10_000,
  entryBytes: 256 * MIB,
  totalBytes: 512 * MIB,
  ratio: 200,
};
