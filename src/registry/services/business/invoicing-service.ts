import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { integer } from '../../database/columns.js';
import { type Database, firstRow, onlyRow, type Sql } from '../../database/sql.js';
import { ServiceError } from '../service-error.js';
import { type ServiceInstall, serviceInstall } from '../service-install.js';
import { checkedInvoice, type InvoiceRequest, invoiceFault } from './invoice-request.js';
import { type InvoiceTotals, invoiceTotals } from './invoice-totals.js';

/** A created invoice. Money in minor currency units. */
export interface CreatedInvoice {
  readonly invoiceId: string;
  readonly invoiceNumber: string;
  readonly status: 'draft';
  readonly subtotal: number;
  readonly tax: number;
  readonly total: number;
}

/**
 * Manual invoices for the install's tenant. `input` is the request body. Throws `ServiceError`: 404
 * `{error}` for an unknown or disabled install, 403 and 400 with `success: false`.
 */
export interface InvoicingService {
  /** Answered with 201. */
  createManualInvoice(installId: string, input: unknown): Promise<{ success: true; invoice: CreatedInvoice }>;
}

const CAPABILITY = 'cap:invoice.manual.create';

/** Makes the {@link InvoicingService} of a database. */
export function createInvoicingService(database: Database): InvoicingService {
  return {
    createManualInvoice: async (installId, input) => {
      const install = await serviceInstall(database, installId);
      if (!install?.enabled) throw new ServiceError(404, null, { error: 'Extension install not found' });
      if (!install.providers.includes(CAPABILITY)) {
        throw new ServiceError(403, null, { success: false, error: `Missing capability ${CAPABILITY}` });
      }
      const request = checkedInvoice(input, new Date().toISOString().slice(0, 10));
      requireRealDates(request);
      // Drawn before the transaction, as in the product: a failure leaves a gap in the numbers.
      const invoiceNumber = await drawNumber(database, install);
      const invoice = await database.transaction((sql) => writeInvoice(sql, install, request, invoiceNumber));
      return { success: true, invoice };
    },
  };
}

function requireRealDates(request: InvoiceRequest): void {
  for (const field of ['invoiceDate', 'dueDate'] as const) {
    const time = Date.parse(`${request[field]}T00:00:00Z`);
    const real = !Number.isNaN(time) && new Date(time).toISOString().startsWith(request[field]);
    if (!real) throw invoiceFault(`${field} is not a date`);
  }
}

const numberRow = z.object({
  last_number: z.string(),
  prefix: z.string().nullable(),
  padding_length: z.number(),
});

async function drawNumber(sql: Sql, install: ServiceInstall): Promise<string> {
  const drawn = await onlyRow(
    sql,
    numberRow,
    `INSERT INTO next_number AS n (tenant, entity_type, last_number, prefix) VALUES ($1, 'INVOICE', 1, 'INV-')
     ON CONFLICT (tenant, entity_type) DO UPDATE SET last_number = n.last_number + 1
     RETURNING last_number, prefix, padding_length`,
    [install.tenantId],
  );
  return `${drawn.prefix ?? ''}${drawn.last_number.padStart(drawn.padding_length, '0')}`;
}

async function writeInvoice(
  sql: Sql,
  install: ServiceInstall,
  request: InvoiceRequest,
  invoiceNumber: string,
): Promise<CreatedInvoice> {
  const currency = await requireClient(sql, install, request.clientId);
  await requireServices(sql, install, request);
  const totals = invoiceTotals(request.items);
  const invoiceId = randomUUID();
  await sql.run(
    `INSERT INTO invoices (tenant, invoice_id, client_id, invoice_number, invoice_date, due_date, subtotal, tax,
       total_amount, currency_code, is_manual, po_number, created_by)
     SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, true, $11,
            (SELECT user_id FROM users WHERE tenant = $1 AND user_type = 'internal' ORDER BY created_at LIMIT 1)`,
    [
      install.tenantId,
      invoiceId,
      request.clientId,
      invoiceNumber,
      request.invoiceDate,
      request.dueDate,
      totals.subtotal,
      totals.tax,
      totals.total,
      currency,
      request.poNumber,
    ],
  );
  await writeCharges(sql, install, invoiceId, request, totals);
  const { subtotal, tax, total } = totals;
  return { invoiceId, invoiceNumber, status: 'draft', subtotal, tax, total };
}

async function writeCharges(
  sql: Sql,
  install: ServiceInstall,
  invoiceId: string,
  request: InvoiceRequest,
  totals: InvoiceTotals,
): Promise<void> {
  for (const [index, item] of request.items.entries()) {
    const amount = totals.amounts[index] ?? 0;
    await sql.run(
      `INSERT INTO invoice_charges (tenant, invoice_id, service_id, description, quantity, unit_price, net_amount,
         total_price, is_discount, discount_type, discount_percentage, applies_to_item_id, applies_to_service_id)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10, $11, $12)`,
      [
        install.tenantId,
        invoiceId,
        item.serviceId,
        item.description,
        item.quantity,
        item.discount === 'percentage' ? 0 : item.rate,
        amount,
        item.discount !== undefined,
        item.discount ?? null,
        item.discount === 'percentage' ? item.rate : null,
        item.appliesToItemId,
        item.appliesToServiceId,
      ],
    );
  }
}

async function requireClient(sql: Sql, install: ServiceInstall, clientId: string): Promise<string> {
  const client = await firstRow(
    sql,
    z.object({ default_currency_code: z.string() }),
    'SELECT default_currency_code FROM clients WHERE tenant = $1 AND client_id = $2',
    [install.tenantId, clientId],
  );
  if (client === undefined) throw invoiceFault('Client not found', { clientId: 'Client not found' });
  return client.default_currency_code;
}

async function requireServices(sql: Sql, install: ServiceInstall, request: InvoiceRequest): Promise<void> {
  const ids = request.items.flatMap((item) => [item.serviceId, item.appliesToServiceId ?? item.serviceId]);
  const wanted = [...new Set(ids.map((id) => id.toLowerCase()))];
  const { found } = await onlyRow(
    sql,
    z.object({ found: integer }),
    'SELECT count(*) AS found FROM service_catalog WHERE tenant = $1 AND service_id = ANY($2::uuid[])',
    [install.tenantId, wanted],
  );
  if (found !== wanted.length) throw invoiceFault('Service not found');
}
