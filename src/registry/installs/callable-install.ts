import { z } from 'zod';
import type { TenantId } from '../../core/ids.js';
import { firstRow, type Sql, type Statement } from '../database/sql.js';
import { ACTIVE_FIRST, BOTH_FLAGS, callableColumns, callableOf, UUID } from './install-row.js';

const callableSchema = z.object(callableColumns).transform(callableOf);

/** What the gateway must know of an install before it lets a call through; no configuration, no secrets. */
export type CallableInstall = z.infer<typeof callableSchema>;

/** Every call of a handler asks one of these. */
const FIND = {
  byId: finder('id', '(i.id = $2::uuid OR i.registry_id = $2::uuid)'),
  bySlug: finder('slug', `lower(r.publisher || '.' || r.name) = lower($2)`),
};

function finder(name: string, wanted: string): Statement {
  return {
    name: `callable-by-${name}`,
    text: `
  SELECT i.id AS install_id, i.tenant_id, i.registry_id, i.version_id, r.publisher, r.name, v.api_endpoints,
         v.ui, (SELECT content_hash FROM extension_bundle WHERE version_id = i.version_id
                 ORDER BY ${ACTIVE_FIRST} LIMIT 1) AS content_hash
    FROM tenant_extension_install i
    JOIN extension_registry r ON r.id = i.registry_id
    JOIN extension_version v ON v.id = i.version_id
   WHERE i.tenant_id = $1 AND ${wanted} AND ${BOTH_FLAGS} LIMIT 1`,
  };
}

/** The tenant's enabled install by install id, registry id or slug (`publisher.name`, any case). */
export function findCallable(
  sql: Sql,
  idOrSlug: string,
  tenantId: TenantId,
): Promise<CallableInstall | undefined> {
  return firstRow(sql, callableSchema, UUID.test(idOrSlug) ? FIND.byId : FIND.bySlug, [tenantId, idOrSlug]);
}
