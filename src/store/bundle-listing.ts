import type { ContentHash } from '../core/ids.js';
import { extensionPrefix, type Owner, parseBundleKey } from './object-keys.js';
import type { S3Connection } from './s3-connection.js';

/** A bundle in the store, from a listing: nothing about its content has been checked. */
export interface StoredBundle {
  readonly key: string;
  readonly contentHash: ContentHash;
  readonly size: number;
  readonly storedAt: Date;
}

const DEFAULT_MIN_AGE_MS = 60_000;

/** All bundles of one extension of one tenant, newest first. */
export async function listBundles(connection: S3Connection, owner: Owner): Promise<StoredBundle[]> {
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

/** Removes what is old enough and not to be kept; gives the removed keys. */
export async function collectGarbage(
  connection: S3Connection,
  request: Owner & { keep: ReadonlySet<ContentHash>; minAgeMs?: number },
): Promise<string[]> {
  const youngest = Date.now() - (request.minAgeMs ?? DEFAULT_MIN_AGE_MS);
  const stored = await listBundles(connection, request);
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
