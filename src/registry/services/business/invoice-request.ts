import { ServiceError } from '../service-error.js';

/** A line of a manual invoice, checked. Money in minor currency units. */
export interface InvoiceItem {
  readonly serviceId: string;
  readonly description: string;
  readonly quantity: number;
  /** Price of one; for a percentage discount the percentage. */
  readonly rate: number;
  readonly discount: 'percentage' | 'fixed' | undefined;
  readonly appliesToItemId: string | null;
  readonly appliesToServiceId: string | null;
}

/** A manual invoice as a guest asks for it, checked. Dates are `YYYY-MM-DD`. */
export interface InvoiceRequest {
  readonly clientId: string;
  readonly items: readonly InvoiceItem[];
  readonly invoiceDate: string;
  readonly dueDate: string;
  readonly poNumber: string | null;
}

/** Faults by field, e.g. `items[0].rate`. */
type FieldErrors = Record<string, string>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** A refused invoice: 400 with `success: false`. */
export function invoiceFault(error: string, fieldErrors?: FieldErrors): ServiceError {
  return new ServiceError(400, null, {
    success: false,
    error,
    ...(fieldErrors === undefined ? {} : { fieldErrors }),
  });
}

/** Checks all fields and reports all faults at once. `today` is the default date, `YYYY-MM-DD`. */
export function checkedInvoice(input: unknown, today: string): InvoiceRequest {
  const body = asObject(input);
  const faults: FieldErrors = {};
  if (!isUuid(body.clientId)) faults.clientId = 'clientId must be a UUID';
  const lines = Array.isArray(body.items) ? body.items : [];
  if (lines.length === 0) faults.items = 'items must be a non-empty array';
  const items = lines.map((line: unknown, index) => checkedItem(line, `items[${index}]`, faults));
  for (const field of ['invoiceDate', 'dueDate'] as const) {
    const value = body[field];
    if (value !== undefined && !(typeof value === 'string' && DATE.test(value))) {
      faults[field] = `${field} must be YYYY-MM-DD`;
    }
  }
  const poNumber = body.poNumber ?? null;
  if (poNumber !== null && !(typeof poNumber === 'string' && poNumber.length <= 128)) {
    faults.poNumber = 'poNumber must be a text of at most 128 characters';
  }
  if (Object.keys(faults).length > 0) throw invoiceFault('Validation failed', faults);
  const invoiceDate = String(body.invoiceDate ?? today);
  return {
    clientId: String(body.clientId),
    items,
    invoiceDate,
    dueDate: String(body.dueDate ?? invoiceDate),
    poNumber: poNumber === null ? null : String(poNumber),
  };
}

function checkedItem(line: unknown, at: string, faults: FieldErrors): InvoiceItem {
  if (line === null || typeof line !== 'object' || Array.isArray(line)) {
    faults[at] = 'item must be an object';
  }
  const item = asObject(line);
  const { serviceId, description, quantity, rate } = item;
  if (!isUuid(serviceId)) faults[`${at}.serviceId`] = 'serviceId must be a UUID';
  if (typeof description !== 'string' || description.trim() === '' || description.length > 500) {
    faults[`${at}.description`] = 'description must be a text of 1 to 500 characters';
  }
  if (!isNumber(quantity) || quantity <= 0) faults[`${at}.quantity`] = 'quantity must be greater than 0';
  if (!isNumber(rate) || rate < 0) faults[`${at}.rate`] = 'rate must be 0 or more';
  const discount = checkedDiscount(item, at, faults);
  return {
    serviceId: String(serviceId),
    description: String(description),
    quantity: Number(quantity),
    rate: Math.round(Number(rate)),
    discount,
    appliesToItemId: textOrNull(item.appliesToItemId),
    appliesToServiceId: textOrNull(item.appliesToServiceId),
  };
}

function checkedDiscount(
  item: Readonly<Record<string, unknown>>,
  at: string,
  faults: FieldErrors,
): InvoiceItem['discount'] {
  const type = item.discountType ?? undefined;
  const targets = (['appliesToItemId', 'appliesToServiceId'] as const).filter(
    (field) => item[field] !== undefined && item[field] !== null,
  );
  for (const field of targets) {
    if (!isUuid(item[field])) faults[`${at}.${field}`] = `${field} must be a UUID`;
  }
  if (item.isDiscount !== true) {
    if (type !== undefined) faults[`${at}.discountType`] = 'discountType needs isDiscount';
    for (const field of targets) faults[`${at}.${field}`] = `${field} needs isDiscount`;
    return undefined;
  }
  if (targets.length > 1) faults[at] = 'a discount applies to an item or to a service, not to both';
  if (type !== 'percentage' && type !== 'fixed') {
    faults[`${at}.discountType`] = 'discountType must be percentage or fixed';
    return undefined;
  }
  if (type === 'percentage' && isNumber(item.rate) && item.rate > 100) {
    faults[`${at}.rate`] = 'a percentage must be 0 to 100';
  }
  return type;
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
}

function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
