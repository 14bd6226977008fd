import { type TenantId, tenantIdSchema } from '../../core/ids.js';
import { uuidV5 } from '../../project/identity.js';
import type { Sql } from '../database/sql.js';
import { CLIENTS, CONTACTS, ROLES, SERVICE_TYPES, SERVICES, USERS } from './seed-data.js';

/** Name of the tenant that every embedded database has. */
export const LOCAL_TENANT = 'Local Development';

/** Id of an embedded tenant: the same on every machine, so that ids in notes and tests stay true. */
export function tenantIdOf(name: string): TenantId {
  return tenantIdSchema.parse(uuidV5(`alga/tenant/${name}`));
}

/**
 * Puts a tenant with users of every kind, roles, clients and services into the database. What is
 * there already stays as it is: the author may have edited it.
 */
export async function seedTenant(
  sql: Sql,
  tenant: { tenantId: TenantId; name: string; productCode?: string | undefined },
): Promise<void> {
  const { tenantId, name, productCode = 'psa' } = tenant;
  const added = await sql.run(
    `INSERT INTO tenants (tenant, client_name, email, product_code) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING`,
    [tenantId, name, 'msp@example.com', productCode],
  );
  if (added === 0) return;
  const seeding = new Seeding(sql, tenantId);
  await seedBusiness(seeding);
  await seedPeople(seeding);
}

/** Inserts rows of one tenant with ids that follow from their names. */
class Seeding {
  readonly #sql: Sql;
  readonly #tenantId: TenantId;

  constructor(sql: Sql, tenantId: TenantId) {
    this.#sql = sql;
    this.#tenantId = tenantId;
  }

  id(name: string | null): string | null {
    return name === null ? null : uuidV5(`${this.#tenantId}/${name}`);
  }

  /** Table and columns are constants of this file; only values come from elsewhere. */
  async insert(table: string, row: Readonly<Record<string, unknown>>): Promise<void> {
    const columns = ['tenant', ...Object.keys(row)];
    const marks = columns.map((_, index) => `$${index + 1}`);
    await this.#sql.run(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks.join(', ')}) ON CONFLICT DO NOTHING`,
      [this.#tenantId, ...Object.values(row)],
    );
  }
}

async function seedBusiness(seeding: Seeding): Promise<void> {
  for (const client of CLIENTS) {
    const { manager, ...columns } = client;
    const ids = { client_id: seeding.id(client.client_name), account_manager_id: seeding.id(manager) };
    await seeding.insert('clients', { ...columns, ...ids });
  }
  for (const { client, ...columns } of CONTACTS) {
    const ids = { contact_name_id: seeding.id(columns.full_name), client_id: seeding.id(client) };
    await seeding.insert('contacts', { ...columns, ...ids });
  }
  for (const name of SERVICE_TYPES) await seeding.insert('service_types', { id: seeding.id(name), name });
  for (const { type, ...columns } of SERVICES) {
    const ids = { service_id: seeding.id(columns.service_name), custom_service_type_id: seeding.id(type) };
    await seeding.insert('service_catalog', { ...columns, ...ids });
  }
  await seeding.insert('next_number', { entity_type: 'INVOICE', prefix: 'INV-' });
}

async function seedPeople(seeding: Seeding): Promise<void> {
  for (const { name, permissions } of ROLES) {
    const roleId = seeding.id(`role ${name}`);
    await seeding.insert('roles', { role_id: roleId, role_name: name });
    for (const permission of permissions) {
      const [resource, action] = permission.split(':');
      const permissionId = seeding.id(`permission ${permission}`);
      await seeding.insert('permissions', { permission_id: permissionId, resource, action });
      await seeding.insert('role_permissions', { role_id: roleId, permission_id: permissionId });
    }
  }
  for (const { role, contact, ...columns } of USERS) {
    const userId = seeding.id(columns.email);
    await seeding.insert('users', { ...columns, user_id: userId, contact_id: seeding.id(contact) });
    if (role !== null) {
      await seeding.insert('user_roles', { user_id: userId, role_id: seeding.id(`role ${role}`) });
    }
  }
}
