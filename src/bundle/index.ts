export { readBundle } from './archive-reader.js';
export {
  archiveEntries,
  compressArchive,
  type PackedBundle,
  packBundle,
  sessionCompression,
} from './archive-writer.js';
export type { BundleEntry } from './bundle-entry.js';
export { type BundleLimits, DEFAULT_BUNDLE_LIMITS } from './bundle-limits.js';
export { collectEntries } from './entry-collection.js';
