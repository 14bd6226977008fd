import { z } from 'zod';
import { type InstallId, installIdSchema, tenantIdSchema, versionIdSchema } from '../../core/ids.js';
import { effectiveProviders } from '../capabilities.js';
import { textArray } from '../database/columns.js';
import { firstRow, type Sql } from '../database/sql.js';
import { ServiceError } from './service-error.js';

const installRow = z
  .object({
    tenant_id: tenantIdSchema,
    version_id: versionIdSchema,
    enabled: z.boolean(),
    granted_caps: textArray,
    capabilities: textArray,
    providers: textArray,
  })
  .transform((row) => ({
    tenantId: row.tenant_id,
    versionId: row.version_id,
    enabled: row.enabled,
    providers: effectiveProviders(row.providers, row.granted_caps, row.capabilities),
  }));

/** The install a guest calls for. Its tenant comes from the row, never from the request. */
export interface ServiceInstall extends z.infer<typeof installRow> {
  readonly installId: InstallId;
}

const FIND = {
  name: 'service-install',
  text: `SELECT i.tenant_id, i.version_id, (i.is_enabled AND i.status = 'enabled') AS enabled, i.granted_caps,
            v.capabilities, coalesce(c.providers, '[]'::jsonb) AS providers
       FROM tenant_extension_install i
       JOIN extension_version v ON v.id = i.version_id
       LEFT JOIN tenant_extension_install_config c ON c.install_id = i.id
      WHERE i.id = $1`,
};

/** The install of a service call; undefined for an unknown one, disabled ones are given with a mark. */
export async function serviceInstall(sql: Sql, installId: string): Promise<ServiceInstall | undefined> {
  const id = installIdSchema.safeParse(installId);
  if (!id.success) throw internalError();
  const found = await firstRow(sql, installRow, FIND, [id.data]);
  return found && { ...found, installId: id.data };
}

/** What the product answers to an install id that is no UUID: the cast fails in its database. */
export function internalError(): ServiceError {
  return new ServiceError(500, 'INTERNAL_ERROR', { error: 'Internal error', code: 'INTERNAL_ERROR' });
}
