import { contentHashOf } from '../core/content-hash.js';
import { algaError } from '../core/errors/alga-error.js';
import { hexOf } from '../core/ids.js';
import { readObject, readProven } from './bundle-read.js';
import { type BundleAddress, bundleKey } from './object-keys.js';
import type { S3Connection } from './s3-connection.js';
import { isMissing, isTaken } from './store-failure.js';

const HASH_METADATA = 'x-amz-meta-content-sha256';

/** How a write treats what it finds. */
export interface WriteRules {
  readonly onNote: (text: string) => void;
  readonly replaceCorrupt: boolean;
}

/** Stores a bundle unless it is there, and proves what is stored. */
export async function writeBundle(
  connection: S3Connection,
  address: BundleAddress,
  bytes: Uint8Array,
  rules: WriteRules & { signal: AbortSignal | undefined },
): Promise<'created' | 'present'> {
  const body = provenBody(address, bytes);
  const state = await write(connection, address, body, rules.signal);
  if (state === 'created') await checkCreated(connection, address, body.length);
  else if (rules.replaceCorrupt) await keepOrReplace(connection, address, body, rules.onNote);
  else await readProven(connection, address);
  return state;
}

/** A view of the bytes; throws when they are not what the address claims, which is a bug of the caller. */
function provenBody(address: BundleAddress, bytes: Uint8Array): Buffer {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (contentHashOf(body) !== address.contentHash)
    throw new Error('the bytes are not what the address claims');
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
  if (stored !== undefined && contentHashOf(stored) === address.contentHash) return;
  const key = bundleKey(address);
  await connection.run('replace a corrupt bundle', (client) =>
    client.putObject(connection.config.bucket, key, body, body.length, objectHeaders(address)),
  );
  await checkCreated(connection, address, body.length);
  const was = stored === undefined ? 'was gone' : `held ${stored.length} bytes of ${contentHashOf(stored)}`;
  onNote(`The stored object ${key} ${was}; it was replaced by the right bytes.`);
}
