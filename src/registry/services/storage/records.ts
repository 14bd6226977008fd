import { z } from 'zod';
import { integer, json, timestamp } from '../../database/columns.js';
import { firstRow, onlyRow, type Sql } from '../../database/sql.js';
import { refusal } from '../service-error.js';
import type { ServiceInstall } from '../service-install.js';
import type { Measured } from './limits.js';
import type { ListRequest } from './requests.js';

const recordRow = z
  .object({
    namespace: z.string(),
    key: z.string(),
    revision: integer,
    value: json,
    metadata: json,
    ttl_expires_at: timestamp.nullable(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .transform((row) => ({
    namespace: row.namespace,
    key: row.key,
    revision: row.revision,
    value: row.value,
    metadata: row.metadata,
    ttlExpiresAt: row.ttl_expires_at?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  }));

/** A stored value with what is known about it; times in ISO 8601. */
export type StorageRecord = z.infer<typeof recordRow>;

const COLUMNS = 'namespace, key, revision, value, metadata, ttl_expires_at, created_at, updated_at';
const OF_INSTALL = 'tenant = $1 AND extension_install_id = $2';

const SWEEP = {
  name: 'storage-sweep',
  text: `DELETE FROM ext_storage_records WHERE ${OF_INSTALL} AND ttl_expires_at <= now()`,
};

const FIND = {
  name: 'storage-find',
  text: `SELECT ${COLUMNS} FROM ext_storage_records WHERE ${OF_INSTALL} AND namespace = $3 AND key = $4`,
};

/** Removes what has expired; there is no background job, every operation begins with this. */
export async function sweepExpired(sql: Sql, install: ServiceInstall): Promise<number> {
  return sql.run(SWEEP, [install.tenantId, install.installId]);
}

/** The value under a key; undefined when there is none. */
export function findRecord(
  sql: Sql,
  install: ServiceInstall,
  namespace: string,
  key: string,
): Promise<StorageRecord | undefined> {
  return firstRow(sql, recordRow, FIND, [install.tenantId, install.installId, namespace, key]);
}

const revisionRow = z.object({ revision: integer });

/**
 * The stored revision, locked until the transaction ends. Throws the refusal REVISION_MISMATCH when
 * `expected` is given and another one is stored; on a missing key every expectation fails, also 0.
 */
export async function lockRevision(
  sql: Sql,
  install: ServiceInstall,
  namespace: string,
  key: string,
): Promise<number | undefined> {
  const row = await firstRow(
    sql,
    revisionRow,
    `SELECT revision FROM ext_storage_records WHERE ${OF_INSTALL} AND namespace = $3 AND key = $4 FOR UPDATE`,
    [install.tenantId, install.installId, namespace, key],
  );
  return row?.revision;
}

/** Throws the refusal REVISION_MISMATCH unless `expected` is absent or the stored revision. */
export function requireRevision(expected: number | undefined, stored: number | undefined): void {
  if (expected === undefined || expected === stored) return;
  throw refusal(409, 'REVISION_MISMATCH', 'Revision mismatch', { expected, actual: stored ?? null });
}

/**
 * Writes a value: revision 1 for a new key, one more for a known one. Value, metadata and expiry are
 * replaced as a whole; the time of creation stays.
 */
export function upsertRecord(
  sql: Sql,
  install: ServiceInstall,
  namespace: string,
  item: Measured,
): Promise<StorageRecord> {
  return onlyRow(
    sql,
    recordRow,
    `INSERT INTO ext_storage_records AS r
       (tenant, extension_install_id, namespace, key, value, metadata, value_size_bytes,
        metadata_size_bytes, ttl_expires_at)
     VALUES ($1, $2, $3, $4, $5::jsonb, $6::jsonb, $7, $8, now() + make_interval(secs => $9))
     ON CONFLICT (tenant, extension_install_id, namespace, key) DO UPDATE
       SET revision = r.revision + 1, value = EXCLUDED.value, metadata = EXCLUDED.metadata,
           value_size_bytes = EXCLUDED.value_size_bytes, metadata_size_bytes = EXCLUDED.metadata_size_bytes,
           ttl_expires_at = EXCLUDED.ttl_expires_at, updated_at = now()
     RETURNING ${COLUMNS}`,
    [
      install.tenantId,
      install.installId,
      namespace,
      item.key,
      item.valueJson,
      item.metadataJson,
      item.valueBytes,
      item.metadataBytes,
      item.ttlSeconds ?? null,
    ],
  );
}

/** Removes the value under a key; no error when there is none. */
export async function deleteRecord(
  sql: Sql,
  install: ServiceInstall,
  namespace: string,
  key: string,
): Promise<void> {
  await sql.run(`DELETE FROM ext_storage_records WHERE ${OF_INSTALL} AND namespace = $3 AND key = $4`, [
    install.tenantId,
    install.installId,
    namespace,
    key,
  ]);
}

/** Records of a namespace in key order, one more than the page holds when there is a next page. */
export function pageOfRecords(
  sql: Sql,
  install: ServiceInstall,
  request: Pick<ListRequest, 'namespace' | 'keyPrefix'> & { after: string | undefined; limit: number },
): Promise<StorageRecord[]> {
  const { namespace, keyPrefix = '', after, limit } = request;
  return sql.rows(
    recordRow,
    `SELECT ${COLUMNS} FROM ext_storage_records
      WHERE ${OF_INSTALL} AND namespace = $3 AND key LIKE $4 AND ($5::text IS NULL OR key > $5)
      ORDER BY key LIMIT $6`,
    [
      install.tenantId,
      install.installId,
      namespace,
      `${keyPrefix.replace(/[\\%_]/g, (special) => `\\${special}`)}%`,
      after ?? null,
      limit + 1,
    ],
  );
}

const namespaceRow = z.object({ namespace: z.string(), keys: integer });

/** The namespaces of an install with their number of keys, by name. */
export function listNamespaces(
  sql: Sql,
  install: Pick<ServiceInstall, 'tenantId' | 'installId'>,
): Promise<{ namespace: string; keys: number }[]> {
  return sql.rows(
    namespaceRow,
    `SELECT namespace, count(*) AS keys FROM ext_storage_records WHERE ${OF_INSTALL}
      GROUP BY namespace ORDER BY namespace`,
    [install.tenantId, install.installId],
  );
}
