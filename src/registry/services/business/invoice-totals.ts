import type { InvoiceItem } from './invoice-request.js';

export interface InvoiceTotals {
  /** Amount of each item, discounts negative. */
  readonly amounts: readonly number[];
  readonly subtotal: number;
  readonly tax: number;
  readonly total: number;
}

/**
 * Amounts in minor currency units. Discounts are taken from what they apply to: the items of one
 * service, or all of them. The local data has no tax rates, so tax is zero.
 */
export function invoiceTotals(items: readonly InvoiceItem[]): InvoiceTotals {
  const charge = (item: InvoiceItem): number => Math.round(item.quantity * item.rate);
  const charges = items.filter((item) => item.discount === undefined);
  const discounted = (discount: InvoiceItem): number =>
    charges
      .filter(
        (item) => discount.appliesToServiceId === null || item.serviceId === discount.appliesToServiceId,
      )
      .reduce((sum, item) => sum + charge(item), 0);
  const amounts = items.map((item) => {
    if (item.discount === undefined) return charge(item);
    if (item.discount === 'fixed') return -charge(item) || 0;
    return -Math.round((discounted(item) * item.rate) / 100) || 0;
  });
  const subtotal = amounts.reduce((sum, amount) => sum + amount, 0);
  return { amounts, subtotal, tax: 0, total: subtotal };
}
