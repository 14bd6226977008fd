import { z } from 'zod';
import { type RegistryId, registryIdSchema, type TenantId } from '../../core/ids.js';
import { firstRow, type Sql } from '../database/sql.js';
import { hasExtensions } from '../publish/publication.js';
import { BOTH_FLAGS } from './install-row.js';

export interface MenuItem {
  readonly registryId: RegistryId;
  readonly label: string;
}

/** Where an entry appears: the sidebar of the MSP app, or the client portal. */
export type MenuPlace = 'app' | 'client-portal';

const HOOKS = {
  // The sidebar looks at the on/off switch alone.
  app: { path: '{hooks,appMenu,label}', flags: 'i.is_enabled' },
  'client-portal': { path: '{hooks,clientPortalMenu,label}', flags: BOTH_FLAGS },
} as const;

const itemRow = z.object({ registry_id: registryIdSchema, label: z.string() });
const tenantRow = z.object({ product_code: z.string().nullable() });

/** Menu entries of a tenant's extensions, in the order of installation; none for another product. */
export async function menuItems(sql: Sql, tenantId: TenantId, place: MenuPlace): Promise<MenuItem[]> {
  const tenant = await firstRow(sql, tenantRow, 'SELECT product_code FROM tenants WHERE tenant = $1', [
    tenantId,
  ]);
  if (tenant === undefined || !hasExtensions(tenant.product_code)) return [];
  const { path, flags } = HOOKS[place];
  const items = await sql.rows(
    itemRow,
    `SELECT i.registry_id, btrim(v.ui #>> '${path}') AS label
       FROM tenant_extension_install i JOIN extension_version v ON v.id = i.version_id
      WHERE i.tenant_id = $1 AND ${flags} AND btrim(coalesce(v.ui #>> '${path}', '')) <> ''
      ORDER BY i.created_at, i.id`,
    [tenantId],
  );
  return items.map((item) => ({ registryId: item.registry_id, label: item.label }));
}
