import type { Readable } from 'node:stream';
import { contentHashOf } from '../core/content-hash.js';
import { algaError } from '../core/errors/alga-error.js';
import { type BundleAddress, bundleKey } from './object-keys.js';
import type { S3Connection } from './s3-connection.js';
import { isMissing } from './store-failure.js';

const LARGEST_READ_BYTES = 200 * 1_048_576;

/** The bundle's bytes. Throws STORE_OBJECT_MISSING, or STORE_OBJECT_DIFFERS when they are other ones. */
export async function readProven(connection: S3Connection, address: BundleAddress): Promise<Buffer> {
  const key = bundleKey(address);
  const bytes = await readObject(connection, address);
  if (bytes === undefined) throw algaError('STORE_OBJECT_MISSING', { key });
  const found = contentHashOf(bytes);
  if (found !== address.contentHash) {
    throw algaError('STORE_OBJECT_DIFFERS', { key, expected: address.contentHash, found });
  }
  return bytes;
}

/** What is stored under the address, unproven; undefined for nothing. */
export function readObject(connection: S3Connection, address: BundleAddress): Promise<Buffer | undefined> {
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
