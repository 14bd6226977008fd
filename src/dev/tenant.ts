import { algaError } from '../core/errors/alga-error.js';
import { type TenantId, tenantIdSchema } from '../core/ids.js';

/** A tenant of the database. */
export interface KnownTenant {
  readonly tenantId: TenantId;
  readonly name: string;
}

/** What has a say in which tenant a session works for, strongest first. */
export interface TenantWishes {
  readonly flag?: string | undefined;
  readonly config?: string | undefined;
  readonly environment?: string | undefined;
  readonly remembered?: string | undefined;
}

/**
 * Chooses the tenant: flag, configuration, environment, the only tenant of the database, the
 * remembered choice. There is no built-in default: the product's own script has one, and an
 * extension installed for a tenant nobody is signed in to never shows up.
 *
 * Throws `SESSION_TENANT_UNKNOWN` for a wish that is not in the database, `SESSION_TENANT_AMBIGUOUS`
 * when several remain, `SESSION_NO_TENANT` for an empty database.
 */
export function chooseTenant(tenants: readonly KnownTenant[], wishes: TenantWishes): KnownTenant {
  const listed = tenants.map((tenant) => `${tenant.tenantId} (${tenant.name})`).join(', ');
  const spoken = [
    ['--tenant', wishes.flag],
    ['the configuration', wishes.config],
    ['ALGA_TENANT_ID', wishes.environment],
  ] as const;
  for (const [source, wish] of spoken) {
    if (!wish) continue;
    const parsed = tenantIdSchema.safeParse(wish.trim());
    const found = tenants.find((tenant) => parsed.success && tenant.tenantId === parsed.data);
    if (found) return found;
    throw algaError('SESSION_TENANT_UNKNOWN', { tenant: wish, source, tenants: listed || 'none' });
  }
  const [only, ...others] = tenants;
  if (only === undefined) throw algaError('SESSION_NO_TENANT', {});
  if (others.length === 0) return only;
  const remembered = tenants.find((tenant) => tenant.tenantId === wishes.remembered);
  if (remembered) return remembered;
  throw algaError('SESSION_TENANT_AMBIGUOUS', { tenants: listed });
}
