import type { IncomingMessage } from 'node:http';
import { type TenantId, tenantIdSchema } from '../../core/ids.js';
import { cookieOf } from './acting-user.js';

/** Header and cookie that choose the tenant whose session a request is made in. */
export const TENANT_HEADER = 'x-alga-dev-tenant';
export const TENANT_COOKIE = 'alga-dev-tenant';

/** Finds the tenant of a request's session. */
export type TenantOf = (request: Pick<IncomingMessage, 'headers'>) => Promise<TenantId | undefined>;

/**
 * The tenant of a request: the chosen one when the database has it, else the one the session works
 * for, else the first of the database. A header that names an unknown tenant gives none.
 */
export function tenantChooser(
  tenants: () => Promise<readonly { tenantId: TenantId }[]>,
  ofSession: () => TenantId | undefined,
): TenantOf {
  return async ({ headers }) => {
    const header = headers[TENANT_HEADER];
    const named = typeof header === 'string' ? header : cookieOf(headers.cookie, TENANT_COOKIE);
    if (named === undefined) return ofSession() ?? (await tenants())[0]?.tenantId;
    const wanted = tenantIdSchema.safeParse(named).data;
    const known = await tenants();
    if (known.some(({ tenantId }) => tenantId === wanted)) return wanted;
    return typeof header === 'string' ? undefined : (ofSession() ?? known[0]?.tenantId);
  };
}

/** What {@link namedTenant} asks. */
export interface NamedTenants {
  readonly tenantOf: TenantOf;
  readonly tenants: () => Promise<readonly { tenantId: TenantId }[]>;
}

/** The tenant that `x-tenant-id` names when the database has it; without that header the one of the request. */
export async function namedTenant(
  { tenants, tenantOf }: NamedTenants,
  request: Pick<IncomingMessage, 'headers'>,
): Promise<TenantId | undefined> {
  const named = request.headers['x-tenant-id'];
  if (named === undefined) return tenantOf(request);
  const wanted = tenantIdSchema.safeParse(named).data;
  return (await tenants()).find(({ tenantId }) => tenantId === wanted)?.tenantId;
}
