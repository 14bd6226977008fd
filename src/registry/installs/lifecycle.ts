import { z } from 'zod';
import { algaError } from '../../core/errors/alga-error.js';
import {
  type ContentHash,
  contentHashSchema,
  type InstallId,
  type RegistryId,
  type TenantId,
} from '../../core/ids.js';
import { normalCapabilities } from '../capabilities.js';
import type { Database, Sql } from '../database/sql.js';

/**
 * Switches an install on or off. Switching off also takes its schedules' jobs away; the schedules
 * stay and are picked up again when it is switched on. Throws REGISTRY_INSTALL_UNKNOWN.
 */
export async function setEnabled(database: Database, installId: InstallId, enabled: boolean): Promise<void> {
  await database.transaction(async (sql) => {
    const touched = await sql.run(
      `UPDATE tenant_extension_install
          SET is_enabled = $2, status = CASE WHEN $2 THEN 'enabled' ELSE status END, updated_at = now()
        WHERE id = $1`,
      [installId, enabled],
    );
    if (touched === 0) throw algaError('REGISTRY_INSTALL_UNKNOWN', { install: installId });
    if (!enabled) {
      await sql.run(
        `UPDATE tenant_extension_schedule SET job_id = NULL, runner_schedule_id = NULL WHERE install_id = $1`,
        [installId],
      );
    }
  });
}

/** Sets what an install is granted on top of what its version declares. Throws REGISTRY_INSTALL_UNKNOWN. */
export async function setGrantedCapabilities(
  sql: Sql,
  installId: InstallId,
  capabilities: readonly string[],
): Promise<void> {
  const touched = await sql.run(
    'UPDATE tenant_extension_install SET granted_caps = $2::jsonb, updated_at = now() WHERE id = $1',
    [installId, JSON.stringify(normalCapabilities(capabilities))],
  );
  if (touched === 0) throw algaError('REGISTRY_INSTALL_UNKNOWN', { install: installId });
}

const hashRow = z.object({ content_hash: z.string() });

/**
 * Removes an install with its schedules, configuration and secrets. Registry, version and bundle
 * rows stay, and so do the records the extension stored. Gives whether there was an install, and the
 * hashes whose objects in the tenant's store nothing needs any more.
 */
export async function uninstall(
  database: Database,
  target: { tenantId: TenantId; registryId: RegistryId },
): Promise<{ removed: boolean; contentHashes: ContentHash[] }> {
  const { tenantId, registryId } = target;
  return database.transaction(async (sql) => {
    await sql.run(
      `DELETE FROM tenant_extension_schedule WHERE install_id IN (
         SELECT id FROM tenant_extension_install WHERE tenant_id = $1 AND registry_id = $2)`,
      [tenantId, registryId],
    );
    const removed = await sql.run(
      'DELETE FROM tenant_extension_install WHERE tenant_id = $1 AND registry_id = $2',
      [tenantId, registryId],
    );
    if (removed === 0) return { removed: false, contentHashes: [] };
    const rows = await sql.rows(
      hashRow,
      `SELECT DISTINCT b.content_hash FROM extension_bundle b
         JOIN extension_version v ON v.id = b.version_id WHERE v.registry_id = $1`,
      [registryId],
    );
    const contentHashes = rows.flatMap((row) => contentHashSchema.safeParse(row.content_hash).data ?? []);
    return { removed: true, contentHashes };
  });
}
