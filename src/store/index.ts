export type { StoredBundle } from './bundle-listing.js';
export {
  type BundleStore,
  type BundleStoreOptions,
  createBundleStore,
} from './bundle-store.js';
export {
  type BundleAddress,
  bundleKey,
  canonicalKey,
  parseBundleKey,
  parseCanonicalKey,
} from './object-keys.js';
export type { StoreConfig } from './s3-connection.js';
