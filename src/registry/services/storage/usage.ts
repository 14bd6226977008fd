import { z } from 'zod';
import { integer } from '../../database/columns.js';
import { onlyRow, type Sql } from '../../database/sql.js';
import type { ServiceInstall } from '../service-install.js';
import { quotaExceeded, STORAGE_LIMITS } from './limits.js';

const usageRow = z.object({
  bytes: integer,
  keys: integer,
  namespaces: integer,
  namespace_keys: integer,
});

/** What an install stores; `namespace_keys` counts the namespace asked for. */
export type Usage = z.infer<typeof usageRow>;

/** Counts anew what an install stores and writes the usage row. */
export async function writeUsage(sql: Sql, install: ServiceInstall, namespace = ''): Promise<Usage> {
  const usage = await onlyRow(
    sql,
    usageRow,
    `SELECT coalesce(sum(value_size_bytes + metadata_size_bytes), 0) AS bytes, count(*) AS keys,
            count(DISTINCT namespace) AS namespaces, count(*) FILTER (WHERE namespace = $3) AS namespace_keys
       FROM ext_storage_records WHERE tenant = $1 AND extension_install_id = $2`,
    [install.tenantId, install.installId, namespace],
  );
  await sql.run(
    `INSERT INTO ext_storage_usage (tenant, extension_install_id, bytes_used, keys_count, namespaces_count)
     VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (tenant, extension_install_id) DO UPDATE
       SET bytes_used = $3, keys_count = $4, namespaces_count = $5, updated_at = now()`,
    [install.tenantId, install.installId, usage.bytes, usage.keys, usage.namespaces],
  );
  return usage;
}

/**
 * Throws the refusal QUOTA_EXCEEDED. Judged at the end of a write, inside its transaction, so that
 * the refusal undoes the write.
 */
export function requireQuota(usage: Usage): void {
  const { keysPerNamespace, namespaces, bytes } = STORAGE_LIMITS;
  if (usage.namespace_keys > keysPerNamespace) {
    throw quotaExceeded('keys per namespace', keysPerNamespace, usage.namespace_keys);
  }
  if (usage.namespaces > namespaces) throw quotaExceeded('namespaces', namespaces, usage.namespaces);
  if (usage.bytes > bytes) throw quotaExceeded('bytes', bytes, usage.bytes);
}

/** Writers of one install go one after the other, so that no two together pass a quota. */
export async function lockInstall(sql: Sql, install: ServiceInstall): Promise<void> {
  await sql.run('SELECT pg_advisory_xact_lock(hashtextextended($1, 1))', [`storage/${install.installId}`]);
}
