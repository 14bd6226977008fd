import { z } from 'zod';
import { algaError } from '../../core/errors/alga-error.js';
import {
  type BundleId,
  bundleIdSchema,
  type ContentHash,
  contentHashSchema,
  type RegistryId,
  type TenantId,
  tenantIdSchema,
  type VersionId,
} from '../../core/ids.js';
import { integer, timestamp } from '../database/columns.js';
import type { Database, Sql } from '../database/sql.js';
import { moveToFront } from '../publish/bundle-row.js';
import { ACTIVE_FIRST } from './install-row.js';

/** A bundle of a version. */
export interface BundleRecord {
  readonly bundleId: BundleId;
  readonly contentHash: ContentHash;
  readonly sizeBytes: number | null;
  readonly storageUrl: string | null;
  /** When it last became the active one; null is possible for rows of other tools. */
  readonly createdAt: Date | null;
}

const bundleRow = z
  .object({
    id: bundleIdSchema,
    content_hash: contentHashSchema,
    size_bytes: integer.nullable(),
    storage_url: z.string().nullable(),
    created_at: timestamp.nullable(),
  })
  .transform(
    (row): BundleRecord => ({
      bundleId: row.id,
      contentHash: row.content_hash,
      sizeBytes: row.size_bytes,
      storageUrl: row.storage_url,
      createdAt: row.created_at,
    }),
  );

const BUNDLES = 'SELECT id, content_hash, size_bytes, storage_url, created_at FROM extension_bundle';
const USABLE = `content_hash ~ '^sha256:[0-9a-f]{64}$'`;

/** All bundles of a version, the active one first. Rows whose hash no runner would take are left out. */
export function bundleHistory(sql: Sql, versionId: VersionId): Promise<BundleRecord[]> {
  return sql.rows(bundleRow, `${BUNDLES} WHERE version_id = $1 AND ${USABLE} ORDER BY ${ACTIVE_FIRST}`, [
    versionId,
  ]);
}

/** The bundle that readers serve for a version. */
export async function activeBundle(sql: Sql, versionId: VersionId): Promise<BundleRecord | undefined> {
  const [first] = await bundleHistory(sql, versionId);
  return first;
}

/** Makes a bundle of the version the active one. Throws REGISTRY_BUNDLE_UNKNOWN. */
export async function makeActive(
  database: Database,
  bundle: { versionId: VersionId; contentHash: ContentHash },
): Promise<void> {
  const { versionId, contentHash } = bundle;
  const known = await database.transaction((sql) => moveToFront(sql, versionId, contentHash));
  if (!known) throw algaError('REGISTRY_BUNDLE_UNKNOWN', { contentHash });
}

const hashRow = z.object({ content_hash: contentHashSchema });

/**
 * Forgets old bundles of an extension: of each version the newest `newest` stay. Gives the hashes
 * that stay, of all versions: the objects that must not be collected. Rows go before objects, so
 * that no row ever points at a missing object.
 */
export async function pruneBundles(
  database: Database,
  options: { registryId: RegistryId; newest: number },
): Promise<ReadonlySet<ContentHash>> {
  const { registryId, newest } = options;
  return database.transaction(async (sql) => {
    await sql.run(
      `DELETE FROM extension_bundle WHERE id IN (
         SELECT id FROM (
           SELECT b.id, row_number() OVER (PARTITION BY b.version_id ORDER BY b.created_at DESC NULLS FIRST,
                  b.content_hash DESC) AS place
             FROM extension_bundle b JOIN extension_version v ON v.id = b.version_id
            WHERE v.registry_id = $1) ranked
          WHERE place > $2)`,
      [registryId, Math.max(newest, 1)],
    );
    const kept = await sql.rows(
      hashRow,
      `SELECT DISTINCT b.content_hash FROM extension_bundle b
         JOIN extension_version v ON v.id = b.version_id WHERE v.registry_id = $1 AND b.${USABLE}`,
      [registryId],
    );
    return new Set(kept.map((row) => row.content_hash));
  });
}

const tenantRow = z.object({ tenant_id: tenantIdSchema });

/**
 * Tenants that have an extension installed. Versions and their active bundle are shared by all of
 * them, while stored objects are not: content that becomes active must be stored for each.
 */
export async function tenantsWith(sql: Sql, registryId: RegistryId): Promise<TenantId[]> {
  const found = await sql.rows(
    tenantRow,
    `SELECT i.tenant_id FROM tenant_extension_install i JOIN tenants t ON t.tenant::text = i.tenant_id
      WHERE i.registry_id = $1 ORDER BY i.tenant_id`,
    [registryId],
  );
  return found.map((row) => row.tenant_id);
}
