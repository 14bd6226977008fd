import { z } from 'zod';
import { type BundleId, bundleIdSchema, type ContentHash, type VersionId } from '../../core/ids.js';
import { firstRow, onlyRow, type Sql } from '../database/sql.js';
import type { Written } from './extension-rows.js';
import { type ExtensionName, proposedIds } from './row-ids.js';

interface BundleInput {
  readonly extension: ExtensionName;
  readonly version: string;
  readonly versionId: VersionId;
  readonly contentHash: ContentHash;
  readonly sizeBytes: number;
  readonly storageUrl: string;
}

const bundleRow = z.object({ id: bundleIdSchema, newest: z.boolean(), right: z.boolean() });
const idRow = z.object({ id: bundleIdSchema });

/**
 * Every reader serves the bundle with the latest `created_at` of the version, and a row without a
 * time comes first for them. So "newest" means strictly later than every other row, whatever clock
 * wrote those.
 */
const IS_NEWEST = `b.created_at IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM extension_bundle o WHERE o.version_id = $1 AND o.id <> b.id
     AND (o.created_at IS NULL OR o.created_at >= b.created_at))`;

const LATER_THAN_ALL = `GREATEST(clock_timestamp(), (
  SELECT max(o.created_at) FROM extension_bundle o WHERE o.version_id = $1) + interval '1 microsecond')`;

/** Makes the content's row the active one of its version: adds it, or moves it to the front. */
export async function writeBundle(sql: Sql, input: BundleInput): Promise<Written<BundleId>> {
  const { versionId, contentHash, sizeBytes, storageUrl } = input;
  const proposed = proposedIds(input.extension).bundle(input.version, contentHash);
  const found = await firstRow(
    sql,
    bundleRow,
    `SELECT b.id, ${IS_NEWEST} AS newest,
            (b.version_id, b.content_hash, b.storage_url, b.size_bytes)
              IS NOT DISTINCT FROM ($1::uuid, $2, $4, $5::bigint) AS right
       FROM extension_bundle b
      WHERE (b.version_id = $1 AND b.content_hash = $2) OR b.id = $3
      ORDER BY (b.version_id = $1 AND b.content_hash = $2) DESC LIMIT 1`,
    [versionId, contentHash, proposed, storageUrl, sizeBytes],
  );
  if (found?.newest && found.right) return { id: found.id, changed: false };
  await giveTimesToAll(sql, versionId);
  const written = await onlyRow(sql, idRow, found === undefined ? INSERT : UPDATE, [
    versionId,
    contentHash,
    storageUrl,
    sizeBytes,
    found?.id ?? proposed,
  ]);
  return { id: written.id, changed: true };
}

const INSERT = `
  INSERT INTO extension_bundle (version_id, content_hash, storage_url, size_bytes, id, created_at)
  VALUES ($1, $2, $3, $4, $5, ${LATER_THAN_ALL})
  ON CONFLICT (version_id, content_hash) DO UPDATE
    SET storage_url = $3, size_bytes = $4, created_at = ${LATER_THAN_ALL}
  RETURNING id`;

const UPDATE = `
  UPDATE extension_bundle
     SET version_id = $1, content_hash = $2, storage_url = $3, size_bytes = $4, created_at = ${LATER_THAN_ALL}
   WHERE id = $5 RETURNING id`;

/**
 * Makes a bundle that the version already has the active one again. Gives whether there is such a
 * bundle. Used to go back to an earlier content.
 */
export async function moveToFront(
  sql: Sql,
  versionId: VersionId,
  contentHash: ContentHash,
): Promise<boolean> {
  await giveTimesToAll(sql, versionId);
  const touched = await sql.run(
    `UPDATE extension_bundle SET created_at = ${LATER_THAN_ALL} WHERE version_id = $1 AND content_hash = $2`,
    [versionId, contentHash],
  );
  return touched > 0;
}

async function giveTimesToAll(sql: Sql, versionId: VersionId): Promise<void> {
  await sql.run(
    `UPDATE extension_bundle SET created_at = to_timestamp(0) WHERE version_id = $1 AND created_at IS NULL`,
    [versionId],
  );
}
