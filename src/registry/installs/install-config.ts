import { z } from 'zod';
import { algaError } from '../../core/errors/alga-error.js';
import type { InstallId } from '../../core/ids.js';
import { effectiveProviders } from '../capabilities.js';
import { firstRow, type Sql } from '../database/sql.js';

const versionRow = z.object({ version: z.string() });

/**
 * Replaces the configuration of an install. Every write has a new version, which tells caches that
 * they are stale. Gives that version. Throws REGISTRY_INSTALL_UNKNOWN.
 */
export async function writeConfig(
  sql: Sql,
  installId: InstallId,
  config: Readonly<Record<string, string>>,
  providers?: readonly string[],
): Promise<string> {
  const names = providers === undefined ? null : JSON.stringify(effectiveProviders(providers));
  const written = await firstRow(
    sql,
    versionRow,
    `INSERT INTO tenant_extension_install_config (install_id, tenant_id, config, providers)
     SELECT id, tenant_id, $2::jsonb, coalesce($3::jsonb, granted_caps)
       FROM tenant_extension_install WHERE id = $1
     ON CONFLICT (install_id) DO UPDATE
       SET config = $2::jsonb, providers = coalesce($3::jsonb, tenant_extension_install_config.providers),
           version = gen_random_uuid()::text, updated_at = now()
     RETURNING version`,
    [installId, JSON.stringify(config), names],
  );
  if (written === undefined) throw algaError('REGISTRY_INSTALL_UNKNOWN', { install: installId });
  return written.version;
}
