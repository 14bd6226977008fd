import { z } from 'zod';
import {
  type ContentHash,
  contentHashSchema,
  type InstallId,
  type RegistryId,
  registryIdSchema,
  type TenantId,
  tenantIdSchema,
} from '../../core/ids.js';
import { firstRow, type Sql, type Statement } from '../database/sql.js';
import { hasExtensions } from '../publish/publication.js';
import { ACTIVE_FIRST, BOTH_FLAGS, INSTALL_QUERY, type Install, installSchema, UUID } from './install-row.js';

const FIND = {
  byId: finder('id', '(i.id = $2::uuid OR i.registry_id = $2::uuid)'),
  bySlug: finder('slug', `lower(r.publisher || '.' || r.name) = lower($2)`),
};

function finder(name: string, wanted: string): { enabled: Statement; any: Statement } {
  const text = `${INSTALL_QUERY} WHERE i.tenant_id = $1 AND ${wanted}`;
  return {
    enabled: { name: `install-by-${name}`, text: `${text} AND ${BOTH_FLAGS} LIMIT 1` },
    any: { name: `install-by-${name}-any`, text: `${text} LIMIT 1` },
  };
}

/**
 * The tenant's install by install id, registry id or slug (`publisher.name`, any case). A disabled
 * install is not found unless `includeDisabled` is set.
 */
export function findInstall(
  sql: Sql,
  idOrSlug: string,
  tenantId: TenantId,
  options: { includeDisabled?: boolean } = {},
): Promise<Install | undefined> {
  const by = UUID.test(idOrSlug) ? FIND.byId : FIND.bySlug;
  const statement = options.includeDisabled ? by.any : by.enabled;
  return firstRow(sql, installSchema, statement, [tenantId, idOrSlug]);
}

/** The install with this id, of whatever tenant, disabled or not: host services derive the tenant from it. */
export function findInstallById(sql: Sql, installId: InstallId): Promise<Install | undefined> {
  return firstRow(sql, installSchema, `${INSTALL_QUERY} WHERE i.id = $1`, [installId]);
}

/** All installs of a tenant, disabled ones too, by publisher and name. */
export function listInstalls(sql: Sql, tenantId: TenantId): Promise<Install[]> {
  return sql.rows(installSchema, `${INSTALL_QUERY} WHERE i.tenant_id = $1 ORDER BY r.publisher, r.name`, [
    tenantId,
  ]);
}

const hostRow = z.object({
  tenant_id: tenantIdSchema,
  registry_id: registryIdSchema,
  content_hash: z.string(),
});

/**
 * The install behind a runner host name (a port is ignored, case too), disabled ones included.
 * Undefined when no install has it or its version has no bundle.
 */
export async function lookupByHost(
  sql: Sql,
  host: string,
): Promise<{ tenantId: TenantId; extensionId: RegistryId; contentHash: string } | undefined> {
  const name = host.trim().toLowerCase().replace(/:\d+$/, '');
  const found = await firstRow(
    sql,
    hostRow,
    `SELECT i.tenant_id, i.registry_id, b.content_hash
       FROM tenant_extension_install i JOIN extension_bundle b ON b.version_id = i.version_id
      WHERE i.runner_domain = $1 ORDER BY b.${ACTIVE_FIRST.replace(', ', ', b.')} LIMIT 1`,
    [name],
  );
  if (found === undefined) return undefined;
  return { tenantId: found.tenant_id, extensionId: found.registry_id, contentHash: found.content_hash };
}

const validRow = z.object({ product_code: z.string().nullable() });

/**
 * Whether the runner may serve a hash for a tenant: any bundle of the installed version counts, not
 * only the active one, and a disabled install counts too. Takes the raw query values; anything that
 * is not an id or a hash is false. A hash may come without `sha256:`.
 */
export async function validateServed(
  sql: Sql,
  tenant: string,
  extension: string,
  hash: string,
): Promise<boolean> {
  const tenantId = tenantIdSchema.safeParse(tenant.trim());
  const registryId = registryIdSchema.safeParse(extension.trim());
  const contentHash = parseHash(hash);
  if (!tenantId.success || !registryId.success || contentHash === undefined) return false;
  const found = await firstRow(
    sql,
    validRow,
    `SELECT t.product_code FROM tenant_extension_install i
       JOIN extension_bundle b ON b.version_id = i.version_id
       JOIN tenants t ON t.tenant::text = i.tenant_id
      WHERE i.tenant_id = $1 AND i.registry_id = $2 AND b.content_hash = $3 LIMIT 1`,
    [tenantId.data, registryId.data, contentHash],
  );
  return found !== undefined && hasExtensions(found.product_code);
}

function parseHash(hash: string): ContentHash | undefined {
  const text = hash.trim();
  const bare = /^[0-9a-f]{64}$/i.test(text) ? `sha256:${text.toLowerCase()}` : text;
  return contentHashSchema.safeParse(bare).data;
}
