import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { algaError } from '../core/errors/alga-error.js';
import { type ContentHash, contentHashOfHex, hexOf } from '../core/ids.js';
import { type BundleAddress, bundleKey, extensionPrefix, parseBundleKey } from './object-keys.js';
import { S3Connection, type StoreConfig } from './s3-connection.js';
import { isMissing, isTaken } from './store-failure.js';

/** A bundle in the store, from a listing: nothing about its content has been checked. */
export interface StoredBundle {
  readonly key: string;
  readonly contentHash: ContentHash;
  readonly size: number;
  readonly storedAt: Date;
}

type Owner = Pick<BundleAddress, 'tenantId' | 'registryId'>;

/** The bundle store. All methods throw the coded errors `STORE_...`. */
export interface BundleStore {
  /** Makes the bucket when it is missing. */
  ensureBucket(): Promise<void>;
  /**
   * Stores a bundle under its key, never over another object, and checks what is stored. `created`:
   * written now; `present`: the very same bytes were there already. Takes the key and an informational
   * URL from the result. After an abort the object may still come to be, which harms nobody.
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

const LARGEST_READ_BYTES = 200 * 1_048_576;
const DEFAULT_MIN_AGE_MS = 60_000;
const HASH_METADATA = 'x-amz-meta-content-sha256';

/** Opens the bundle store; nothing is sent before the first call. Throws STORE_ADDRESS_INVALID. */
export function createBundleStore(config: StoreConfig, options: BundleStoreOptions = {}): BundleStore {
  const connection = new S3Connection(config);
  const { onNote = () => undefined, replaceCorrupt = true } = options;
  return {
    ensureBucket: () => ensureBucket(connection),
    put: async (address, bytes, signal) => {
      const body = provenBody(address, bytes);
      const key = bundleKey(address);
      const state = await write(connection, address, body, signal);
      if (state === 'created') await checkCreated(connection, address, body.length);
      else if (replaceCorrupt) await keepOrReplace(connection, address, body, onNote);
      else await readProven(connection, address);
      return { key, url: connection.urlOf(key), state };
    },
    check: async (address) => {
      const bytes = await readObject(connection, address);
      return bytes === undefined ? undefined : { size: bytes.length, contentHash: hashOf(bytes) };
    },
    read: (address) => readProven(connection, address),
    list: (owner) => list(connection, owner),
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

/** A view of the bytes; throws when they are not what the address claims, which is a bug of the caller. */
function provenBody(address: BundleAddress, bytes: Uint8Array): Buffer {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (hashOf(body) !== address.contentHash) throw new Error('the bytes are not what the address claims');
  return body;
}

async function write(
  connection: S3Connection,
  address: BundleAddress,
  body: Buffer,
  signal: AbortSignal | undefined,
): Promise<'created' | 'present'> {
  const headers = { ...objectHeaders(address), 'If-None-Match': '*' };
  const { bucket } = connection.config;
  return connection.run(
    'store the bundle',
    async (client) => {
      try {
        await client.putObject(bucket, bundleKey(address), body, body.length, headers);
        return 'created';
      } catch (error) {
        if (isTaken(error)) return 'present';
        throw error;
      }
    },
    signal,
  );
}

function objectHeaders(address: BundleAddress): Record<string, string> {
  return { 'Content-Type': 'application/zstd', [HASH_METADATA]: hexOf(address.contentHash) };
}

/**
 * Proves a fresh write without reading megabytes back: the client signs the request with the SHA-256
 * of the body (over TLS it sends an MD5 instead), and the server refuses a body that does not match.
 * So an accepted write holds our bytes; the HEAD shows that the object is there, whole, and ours.
 */
async function checkCreated(connection: S3Connection, address: BundleAddress, size: number): Promise<void> {
  const key = bundleKey(address);
  const { bucket } = connection.config;
  const found = await connection.run('show the stored bundle', (client) =>
    client.statObject(bucket, key).catch((error: unknown) => {
      if (isMissing(error)) throw algaError('STORE_OBJECT_MISSING', { key }, { cause: error });
      throw error;
    }),
  );
  const hex: unknown = found.metaData['content-sha256'];
  if (found.size !== size || hex !== hexOf(address.contentHash)) {
    const expected = `${size} bytes of ${address.contentHash}`;
    throw algaError('STORE_OBJECT_DIFFERS', { key, expected, found: `${found.size} bytes of sha256:${hex}` });
  }
}

/** The key was taken: by the same bytes, as it must be, or by something that is replaced. */
async function keepOrReplace(
  connection: S3Connection,
  address: BundleAddress,
  body: Buffer,
  onNote: (text: string) => void,
): Promise<void> {
  const stored = await readObject(connection, address);
  if (stored !== undefined && hashOf(stored) === address.contentHash) return;
  const key = bundleKey(address);
  await connection.run('replace a corrupt bundle', (client) =>
    client.putObject(connection.config.bucket, key, body, body.length, objectHeaders(address)),
  );
  await checkCreated(connection, address, body.length);
  const was = stored === undefined ? 'was gone' : `held ${stored.length} bytes of ${hashOf(stored)}`;
  onNote(`The stored object ${key} ${was}; it was replaced by the right bytes.`);
}

async function readProven(connection: S3Connection, address: BundleAddress): Promise<Buffer> {
  const key = bundleKey(address);
  const bytes = await readObject(connection, address);
  if (bytes === undefined) throw algaError('STORE_OBJECT_MISSING', { key });
  const found = hashOf(bytes);
  if (found !== address.contentHash) {
    throw algaError('STORE_OBJECT_DIFFERS', { key, expected: address.contentHash, found });
  }
  return bytes;
}

function readObject(connection: S3Connection, address: BundleAddress): Promise<Buffer | undefined> {
  const key = bundleKey(address);
  return connection.run('read the bundle', async (client) => {
    try {
      return await collect(await client.getObject(connection.config.bucket, key), key);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  });
}

async function collect(stream: Readable, key: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_READ_BYTES) {
      const expected = `at most ${LARGEST_READ_BYTES} bytes`;
      throw algaError('STORE_OBJECT_DIFFERS', { key, expected, found: 'more' });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function list(connection: S3Connection, owner: Owner): Promise<StoredBundle[]> {
  const { bucket } = connection.config;
  const found = await connection.run('list the bundles', async (client) => {
    const bundles: StoredBundle[] = [];
    for await (const item of client.listObjectsV2(bucket, extensionPrefix(owner), true)) {
      const { name, size, lastModified } = item as { name?: string; size?: number; lastModified?: Date };
      const address = name === undefined ? undefined : parseBundleKey(name);
      if (name === undefined || address === undefined) continue;
      const storedAt = lastModified ?? new Date(0);
      bundles.push({ key: name, contentHash: address.contentHash, size: size ?? 0, storedAt });
    }
    return bundles;
  });
  return found.sort((a, b) => b.storedAt.getTime() - a.storedAt.getTime());
}

async function collectGarbage(
  connection: S3Connection,
  request: Owner & { keep: ReadonlySet<ContentHash>; minAgeMs?: number },
): Promise<string[]> {
  const youngest = Date.now() - (request.minAgeMs ?? DEFAULT_MIN_AGE_MS);
  const stored = await list(connection, request);
  const unwanted = stored.filter(
    (bundle) => !request.keep.has(bundle.contentHash) && bundle.storedAt.getTime() <= youngest,
  );
  const keys = unwanted.map((bundle) => bundle.key);
  if (keys.length === 0) return [];
  await connection.run('remove old bundles', (client) =>
    client.removeObjects(connection.config.bucket, keys),
  );
  return keys;
}

function hashOf(bytes: Uint8Array): ContentHash {
  return contentHashOfHex(createHash('sha256').update(bytes).digest('hex'));
}
