import { algaError } from '../core/errors/alga-error.js';
import type { TenantId } from '../core/ids.js';

/** A tenant of the database. */
export interface KnownTenant {
  readonly tenantId: TenantId;
  readonly name: string;
}

/** What has a say in which tenant a session works for. */
export interface TenantWishes {
  /** The strongest explicit wish: flag, environment or configuration file. */
  readonly wish?: TenantId | undefined;
  /** Where that wish came from, for the message: `--tenant`, `ALGA_TENANT_ID`. */
  readonly source?: string;
  /** The tenant of the last session. */
  readonly remembered?: string | undefined;
}

/**
 * Chooses the tenant: the explicit wish, the only tenant of the database, the remembered choice.
 * There is no built-in default: the product's own script has one, and an extension installed for a
 * tenant nobody is signed in to never shows up.
 *
 * Throws `SESSION_TENANT_UNKNOWN` for a wish that is not in the database, `SESSION_TENANT_AMBIGUOUS`
 * when several remain, `SESSION_NO_TENANT` for an empty database.
 */
export function chooseTenant(tenants: readonly KnownTenant[], wishes: TenantWishes): KnownTenant {
  const listed = tenants.map((tenant) => `${tenant.tenantId} (${tenant.name})`).join(', ');
  const { wish, source = '--tenant', remembered } = wishes;
  const byId = (id: string | undefined): KnownTenant | undefined =>
    tenants.find((tenant) => tenant.tenantId === id);
  if (wish !== undefined) {
    const found = byId(wish);
    if (found) return found;
    throw algaError('SESSION_TENANT_UNKNOWN', { tenant: wish, source, tenants: listed || 'none' });
  }
  const [only, ...others] = tenants;
  if (only === undefined) throw algaError('SESSION_NO_TENANT', {});
  if (others.length === 0) return only;
  const known = byId(remembered);
  if (known) return known;
  throw algaError('SESSION_TENANT_AMBIGUOUS', { tenants: listed });
}
