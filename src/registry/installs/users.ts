import { z } from 'zod';
import { type TenantId, tenantIdSchema } from '../../core/ids.js';
import type { Sql } from '../database/sql.js';

const tenantRow = z
  .object({ tenant: tenantIdSchema, client_name: z.string(), product_code: z.string().nullable() })
  .transform((row) => ({ tenantId: row.tenant, name: row.client_name, productCode: row.product_code }));

export type Tenant = z.infer<typeof tenantRow>;

const TENANTS = {
  name: 'tenants',
  text: 'SELECT tenant, client_name, product_code FROM tenants ORDER BY client_name, tenant',
};

/** All tenants of the database, by name. */
export function listTenants(sql: Sql): Promise<Tenant[]> {
  return sql.rows(tenantRow, TENANTS);
}

const userRow = z
  .object({
    user_id: z.string(),
    username: z.string(),
    first_name: z.string().nullable(),
    last_name: z.string().nullable(),
    email: z.string(),
    user_type: z.enum(['internal', 'client']),
    timezone: z.string().nullable(),
    contact_id: z.string().nullable(),
    client_id: z.string().nullable(),
    client_name: z.string().nullable(),
    permissions: z.array(z.string()),
  })
  .transform((row) => ({
    userId: row.user_id,
    username: row.username,
    name: [row.first_name, row.last_name].filter((part) => part !== null && part !== '').join(' '),
    email: row.email,
    userType: row.user_type,
    timezone: row.timezone,
    contactId: row.contact_id,
    /** Client of the user's contact; without one a client user may not call an extension. */
    clientId: row.client_id,
    clientName: row.client_name,
    /** Rights as `resource:action`. */
    permissions: row.permissions,
  }));

/** Someone who can act for a tenant. */
export type User = z.infer<typeof userRow>;

const USERS = {
  name: 'users',
  text: `SELECT u.user_id, u.username, u.first_name, u.last_name, u.email, u.user_type, u.timezone, u.contact_id,
            k.client_id, c.client_name,
            ARRAY(SELECT DISTINCT p.resource || ':' || p.action FROM user_roles ur
                    JOIN role_permissions rp ON rp.tenant = ur.tenant AND rp.role_id = ur.role_id
                    JOIN permissions p ON p.tenant = rp.tenant AND p.permission_id = rp.permission_id
                   WHERE ur.tenant = u.tenant AND ur.user_id = u.user_id ORDER BY 1) AS permissions
       FROM users u
       LEFT JOIN contacts k ON k.tenant = u.tenant AND k.contact_name_id = u.contact_id
       LEFT JOIN clients c ON c.tenant = k.tenant AND c.client_id = k.client_id
      WHERE u.tenant = $1 AND NOT u.is_inactive
      ORDER BY (u.user_type = 'internal') DESC, u.first_name, u.user_id`,
};

/** The active users of a tenant with their rights: internal ones first, then by name. */
export function listUsers(sql: Sql, tenantId: TenantId): Promise<User[]> {
  return sql.rows(userRow, USERS, [tenantId]);
}
