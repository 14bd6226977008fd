import { z } from 'zod';
import {
  type InstallId,
  installIdSchema,
  type RegistryId,
  type TenantId,
  type VersionId,
} from '../../core/ids.js';
import { effectiveProviders, knownCapabilities } from '../capabilities.js';
import { firstRow, onlyRow, type Sql } from '../database/sql.js';
import type { Written } from './extension-rows.js';
import { type ExtensionName, proposedIds } from './row-ids.js';

interface InstallInput {
  readonly tenantId: TenantId;
  readonly extension: ExtensionName;
  readonly registryId: RegistryId;
  readonly versionId: VersionId;
  readonly capabilities: readonly string[];
}

const READY = JSON.stringify({ state: 'ready' });

/**
 * Installs a version for a tenant: enabled, ready, the tenant as lower-case text. Grants and
 * configuration of an install that exists stay as they are.
 */
export async function writeInstall(sql: Sql, input: InstallInput): Promise<Written<InstallId>> {
  const { tenantId, registryId, versionId } = input;
  const existing = await findRow(sql, input);
  if (existing.id === undefined) {
    const added = await onlyRow(
      sql,
      z.object({ id: installIdSchema }),
      `INSERT INTO tenant_extension_install
         (tenant_id, registry_id, version_id, is_enabled, status, runner_status, granted_caps, config, id)
       VALUES ($1, $2, $3, true, 'enabled', $4::jsonb, $5::jsonb, '{}', coalesce($6, gen_random_uuid()))
       ON CONFLICT (tenant_id, registry_id) DO UPDATE SET version_id = $3, updated_at = now()
       RETURNING id`,
      [
        tenantId,
        registryId,
        versionId,
        READY,
        JSON.stringify(knownCapabilities(input.capabilities)),
        existing.newId,
      ],
    );
    return { id: added.id, changed: true };
  }
  const touched = await sql.run(
    `UPDATE tenant_extension_install
        SET tenant_id = $1, registry_id = $2, version_id = $3, is_enabled = true, status = 'enabled',
            runner_status = CASE WHEN runner_status ->> 'state' = 'ready' THEN runner_status ELSE $4::jsonb END,
            updated_at = now()
      WHERE id = $5
        AND (tenant_id, registry_id, version_id, is_enabled, status, runner_status ->> 'state')
            IS DISTINCT FROM ($1, $2::uuid, $3::uuid, true, 'enabled', 'ready')`,
    [tenantId, registryId, versionId, READY, existing.id],
  );
  if (touched === 0) return { id: existing.id, changed: false };
  await followInstall(sql, existing.id, tenantId, versionId);
  return { id: existing.id, changed: true };
}

const foundRow = z.object({ id: installIdSchema, ours: z.boolean(), owned: z.boolean() });

/**
 * The tenant's install, or the row that has the proposed id although it names another tenant: the
 * product's guide patches tenants by hand. When that tenant exists the row is its install and stays;
 * ours then gets a fresh id (`null`: the database makes one). Otherwise the row is brought back.
 */
async function findRow(sql: Sql, input: InstallInput): Promise<{ id?: InstallId; newId: InstallId | null }> {
  const proposed = proposedIds(input.extension).install(input.tenantId);
  const found = await firstRow(
    sql,
    foundRow,
    `SELECT i.id, (lower(i.tenant_id) = $1 AND i.registry_id = $2) AS ours,
            EXISTS (SELECT 1 FROM tenants t WHERE t.tenant::text = lower(i.tenant_id)
                       AND t.tenant::text <> $1) AS owned
       FROM tenant_extension_install i
      WHERE (lower(i.tenant_id) = $1 AND i.registry_id = $2) OR i.id = $3
      ORDER BY (lower(i.tenant_id) = $1 AND i.registry_id = $2) DESC, (i.tenant_id = $1) DESC LIMIT 1`,
    [input.tenantId, input.registryId, proposed],
  );
  if (found === undefined) return { newId: proposed };
  if (!found.ours && found.owned) return { newId: null };
  return { id: found.id, newId: null };
}

/** What hangs on an install follows it: the tenant of its rows, and its schedules to the new version. */
async function followInstall(
  sql: Sql,
  installId: InstallId,
  tenantId: TenantId,
  versionId: VersionId,
): Promise<void> {
  for (const table of [
    'tenant_extension_install_config',
    'tenant_extension_install_secrets',
    'tenant_extension_schedule',
  ]) {
    await sql.run(`UPDATE ${table} SET tenant_id = $2 WHERE install_id = $1 AND tenant_id <> $2`, [
      installId,
      tenantId,
    ]);
  }
  await repointSchedules(sql, installId, versionId);
}

/** Moves schedules to the endpoint with the same method and path of another version, where there is one. */
async function repointSchedules(sql: Sql, installId: InstallId, versionId: VersionId): Promise<void> {
  await sql.run(
    `UPDATE tenant_extension_schedule s SET endpoint_id = n.id, updated_at = now()
       FROM extension_api_endpoint o, extension_api_endpoint n
      WHERE s.install_id = $1 AND o.id = s.endpoint_id AND o.version_id <> $2
        AND n.version_id = $2 AND n.method = o.method AND n.path = o.path`,
    [installId, versionId],
  );
}

/** Gives the install a configuration row when it has none; sets the values when some are given. */
export async function ensureConfig(
  sql: Sql,
  installId: InstallId,
  capabilities: readonly string[],
  config: Readonly<Record<string, string>> | undefined,
): Promise<{ changed: boolean }> {
  const providers = JSON.stringify(effectiveProviders(capabilities));
  const values = config === undefined ? null : JSON.stringify(config);
  const added = await sql.run(
    `INSERT INTO tenant_extension_install_config (install_id, tenant_id, config, providers)
     SELECT i.id, i.tenant_id, coalesce($2::jsonb, i.config), $3::jsonb
       FROM tenant_extension_install i WHERE i.id = $1
     ON CONFLICT (install_id) DO NOTHING`,
    [installId, values, providers],
  );
  if (added > 0 || values === null) return { changed: added > 0 };
  const touched = await sql.run(
    `UPDATE tenant_extension_install_config
        SET config = $2::jsonb, version = gen_random_uuid()::text, updated_at = now()
      WHERE install_id = $1 AND config IS DISTINCT FROM $2::jsonb`,
    [installId, values],
  );
  return { changed: touched > 0 };
}
