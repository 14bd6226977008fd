import type { TestInvoice } from '../api.js';

/** Answer of `invoicing.create-manual-invoice`. */
interface InvoiceResult {
  readonly success: boolean;
  readonly invoiceId?: string;
  readonly invoiceNumber?: string;
  readonly status?: string;
  readonly subtotal?: number;
  readonly tax?: number;
  readonly total?: number;
  readonly error?: string;
  /** JSON text of an object. */
  readonly fieldErrors?: string;
}

/** Keeps an invoice and answers as the product does for a draft without tax; a bad one is refused by field. */
export function createInvoice(invoices: TestInvoice[], invoice: TestInvoice): InvoiceResult {
  const faults = faultsOf(invoice);
  if (Object.keys(faults).length > 0) {
    return { success: false, error: 'Validation failed', fieldErrors: JSON.stringify(faults) };
  }
  invoices.push(invoice);
  const number = String(invoices.length).padStart(4, '0');
  const subtotal = invoice.items.reduce((sum, { quantity, rate }) => sum + quantity * Math.round(rate), 0);
  return {
    success: true,
    invoiceId: `00000000-0000-4000-8000-00000000${number}`,
    invoiceNumber: `TEST-${number}`,
    status: 'draft',
    subtotal,
    tax: 0,
    total: subtotal,
  };
}

function faultsOf({ clientId, items }: TestInvoice): Record<string, string> {
  const faults: Record<string, string> = {};
  if (clientId === '') faults.clientId = 'is required';
  if (items.length === 0) faults.items = 'must have at least one item';
  for (const [index, { serviceId, description, quantity, rate }] of items.entries()) {
    if (serviceId === '') faults[`items[${index}].serviceId`] = 'is required';
    if (description === '') faults[`items[${index}].description`] = 'is required';
    if (!(quantity > 0)) faults[`items[${index}].quantity`] = 'must be greater than 0';
    if (!(rate >= 0)) faults[`items[${index}].rate`] = 'must be 0 or more';
  }
  return faults;
}
