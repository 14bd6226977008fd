import { z } from 'zod';
import type { TenantId } from '../../core/ids.js';
import type { Sql } from '../database/sql.js';

const id = z.uuid();
const optionalText = z.string().trim().max(255).nullable();

/** A client that the author may edit. Without an id it is a new one. */
export const clientRecordSchema = z.strictObject({
  id: id.optional(),
  name: z.string().trim().min(1).max(255),
  type: z.enum(['company', 'individual']).nullable(),
  isInactive: z.boolean(),
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be a currency code like USD'),
  billingEmail: optionalText,
});

/** A service or product that the author may edit. Without an id it is a new one. */
export const serviceRecordSchema = z.strictObject({
  id: id.optional(),
  name: z.string().trim().min(1).max(255),
  itemKind: z.enum(['service', 'product']),
  billingMethod: z.enum(['fixed', 'hourly', 'usage']),
  /** In minor currency units. */
  rate: z.number().int().min(0).max(1_000_000_000),
  unit: z.string().trim().min(1).max(64),
  isActive: z.boolean(),
  sku: optionalText,
});

export type ClientRecord = z.infer<typeof clientRecordSchema>;
export type ServiceRecord = z.infer<typeof serviceRecordSchema>;

/** The business data of a tenant that extensions read, for the author to change. */
export interface BusinessRecords {
  clients(tenantId: TenantId): Promise<ClientRecord[]>;
  services(tenantId: TenantId): Promise<ServiceRecord[]>;
  /** Changes a record, or adds one. False when the tenant has none of that id. */
  saveClient(tenantId: TenantId, record: ClientRecord): Promise<boolean>;
  saveService(tenantId: TenantId, record: ServiceRecord): Promise<boolean>;
}

const clientRow = z
  .object({
    client_id: z.string(),
    client_name: z.string(),
    client_type: z.enum(['company', 'individual']).nullable().catch(null),
    is_inactive: z.boolean(),
    default_currency_code: z.string(),
    billing_email: z.string().nullable(),
  })
  .transform((row) => ({
    id: row.client_id,
    name: row.client_name,
    type: row.client_type,
    isInactive: row.is_inactive,
    currency: row.default_currency_code,
    billingEmail: row.billing_email,
  }));

const serviceRow = z
  .object({
    service_id: z.string(),
    service_name: z.string(),
    item_kind: z.enum(['service', 'product']),
    billing_method: z.enum(['fixed', 'hourly', 'usage']),
    default_rate: z.coerce.number(),
    unit_of_measure: z.string(),
    is_active: z.boolean(),
    sku: z.string().nullable(),
  })
  .transform((row) => ({
    id: row.service_id,
    name: row.service_name,
    itemKind: row.item_kind,
    billingMethod: row.billing_method,
    rate: row.default_rate,
    unit: row.unit_of_measure,
    isActive: row.is_active,
    sku: row.sku,
  }));

/** Makes the {@link BusinessRecords} of a database. */
export function createBusinessRecords(sql: Sql): BusinessRecords {
  return {
    clients: (tenantId) =>
      sql.rows(
        clientRow,
        `SELECT client_id, client_name, client_type, is_inactive, default_currency_code, billing_email
           FROM clients WHERE tenant = $1 ORDER BY client_name, client_id`,
        [tenantId],
      ),
    services: (tenantId) =>
      sql.rows(
        serviceRow,
        `SELECT service_id, service_name, item_kind, billing_method, default_rate, unit_of_measure, is_active, sku
           FROM service_catalog WHERE tenant = $1 ORDER BY service_name, service_id`,
        [tenantId],
      ),
    saveClient: (tenantId, record) => saveClient(sql, tenantId, record),
    saveService: (tenantId, record) => saveService(sql, tenantId, record),
  };
}

/** Ids of new records are made here, so that a statement that is repeated adds nothing twice. */
async function saveClient(sql: Sql, tenantId: TenantId, record: ClientRecord): Promise<boolean> {
  const { name, type, isInactive, currency, billingEmail } = record;
  const text =
    record.id === undefined
      ? `INSERT INTO clients (tenant, client_id, client_name, client_type, is_inactive, default_currency_code, billing_email)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`
      : `UPDATE clients SET client_name = $3, client_type = $4, is_inactive = $5, default_currency_code = $6,
           billing_email = $7, updated_at = now() WHERE tenant = $1 AND client_id = $2`;
  const key = record.id ?? crypto.randomUUID();
  return (await sql.run(text, [tenantId, key, name, type, isInactive, currency, billingEmail])) > 0;
}

async function saveService(sql: Sql, tenantId: TenantId, record: ServiceRecord): Promise<boolean> {
  const { name, itemKind, billingMethod, rate, unit, isActive, sku } = record;
  const text =
    record.id === undefined
      ? `INSERT INTO service_catalog
           (tenant, service_id, service_name, item_kind, billing_method, default_rate, unit_of_measure, is_active, sku)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`
      : `UPDATE service_catalog SET service_name = $3, item_kind = $4, billing_method = $5, default_rate = $6,
           unit_of_measure = $7, is_active = $8, sku = $9 WHERE tenant = $1 AND service_id = $2`;
  const key = record.id ?? crypto.randomUUID();
  const values = [tenantId, key, name, itemKind, billingMethod, rate, unit, isActive, sku];
  return (await sql.run(text, values)) > 0;
}
