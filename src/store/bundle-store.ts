import { contentHashOf } from '../core/content-hash.js';
import { algaError } from '../core/errors/alga-error.js';
import type { ContentHash } from '../core/ids.js';
import { collectGarbage, listBundles, type StoredBundle } from './bundle-listing.js';
import { readObject, readProven } from './bundle-read.js';
import { writeBundle } from './bundle-write.js';
import { type BundleAddress, bundleKey, type Owner } from './object-keys.js';
import { S3Connection, type StoreConfig } from './s3-connection.js';

/** The bundle store. All methods throw the coded errors `STORE_...`. */
export interface BundleStore {
  /** Makes the bucket when it is missing. */
  ensureBucket(): Promise<void>;
  /**
   * Stores a bundle under its key, never over another object, and checks what is stored. `created`:
   * written now; `present`: the very same bytes were there already. The URL is informational: reading
   * it needs credentials. After an abort the object may still come to be, which harms nobody.
   */
  put(
    address: BundleAddress,
    bytes: Uint8Array,
    signal?: AbortSignal,
  ): Promise<{ key: string; url: string; state: 'created' | 'present' }>;
  /** Reads the object and hashes it: what the store really holds, or undefined for nothing. */
  check(address: BundleAddress): Promise<{ size: number; contentHash: ContentHash } | undefined>;
  /** The bundle's bytes, proven to be what the address says. */
  read(address: BundleAddress): Promise<Buffer>;
  /** All bundles of one extension of one tenant, newest first. */
  list(owner: Owner): Promise<StoredBundle[]>;
  /**
   * Removes the bundles of one extension that are not in `keep`. A bundle younger than `minAgeMs`
   * (default one minute) stays: its rows may be about to be written. Gives the removed keys.
   */
  collectGarbage(options: Owner & { keep: ReadonlySet<ContentHash>; minAgeMs?: number }): Promise<string[]>;
  /** Resolves when the store answers us and the bucket is there. */
  ping(): Promise<void>;
  /** Ends the connections kept for later calls. */
  close(): Promise<void>;
}

export interface BundleStoreOptions {
  /** Told about what the store repaired by itself. */
  readonly onNote?: (text: string) => void;
  /**
   * Whether an object that provably does not hold what its key says may be replaced by the right
   * bytes. True for a store that only serves development.
   */
  readonly replaceCorrupt?: boolean;
}

/** Opens the bundle store; nothing is sent before the first call. Throws STORE_ADDRESS_INVALID. */
export function createBundleStore(config: StoreConfig, options: BundleStoreOptions = {}): BundleStore {
  const connection = new S3Connection(config);
  const { onNote = () => undefined, replaceCorrupt = true } = options;
  return {
    ensureBucket: () => ensureBucket(connection),
    put: async (address, bytes, signal) => {
      const state = await writeBundle(connection, address, bytes, { onNote, replaceCorrupt, signal });
      const key = bundleKey(address);
      return { key, url: connection.urlOf(key), state };
    },
    check: async (address) => {
      const bytes = await readObject(connection, address);
      return bytes === undefined ? undefined : { size: bytes.length, contentHash: contentHashOf(bytes) };
    },
    read: (address) => readProven(connection, address),
    list: (owner) => listBundles(connection, owner),
    collectGarbage: (request) => collectGarbage(connection, request),
    ping: async () => {
      const { bucket, endpoint } = config;
      const exists = await connection.run('answer', (client) => client.bucketExists(bucket));
      if (!exists) throw algaError('STORE_BUCKET_MISSING', { bucket, endpoint });
    },
    close: async () => connection.close(),
  };
}

async function ensureBucket(connection: S3Connection): Promise<void> {
  const { bucket, region } = connection.config;
  await connection.run('make the bucket', async (client) => {
    if (await client.bucketExists(bucket)) return;
    await client.makeBucket(bucket, region).catch((error: unknown) => {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code !== 'BucketAlreadyOwnedByYou' && code !== 'BucketAlreadyExists') throw error;
    });
  });
}
