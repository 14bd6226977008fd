import { describe, expect, test } from 'vitest';
import { answered, bodyOf, type HostFunction } from './host-calls.js';
import { subject } from './subject.js';

describe('invoicing', () => {
  const grants = { grants: ['cap:invoice.manual.create'] };
  const create: HostFunction = ['invoicing', 'createManualInvoice'];
  const item = { serviceId: 's', quantity: 2, description: 'd', rate: 1.5 };
  const input = { clientId: 'c', items: [item], poNumber: 'PO' };

  test('request and both shapes of the answer', async () => {
    const discount = { ...item, isDiscount: true, discountType: 'percentage', appliesToServiceId: 'x' };
    const nested = {
      success: true,
      invoice: { invoiceId: 'i', invoice_number: 'N-1', status: 'draft', subtotal: 1, tax: 0.5, total: 1.5 },
    };
    const result = {
      ok: {
        success: true,
        invoiceId: 'i',
        invoiceNumber: 'N-1',
        status: 'draft',
        subtotal: 1,
        tax: 0.5,
        total: 1.5,
      },
    };
    const full = { ...input, items: [item, discount] };
    expect(await answered(create, [full], { status: 201, body: nested }, grants)).toEqual(result);
    const flat = { success: true, ...nested.invoice };
    expect(await answered(create, [input], { body: flat }, grants)).toEqual(result);
    const [call] = subject.host.take();
    expect(call?.url).toBe('/api/internal/ext-invoicing/install/install-1');
    expect(bodyOf(call)).toEqual({ operation: 'createManualInvoice', ...full });
  });

  test('failures as the official runner tells them, and the field errors of a 400', async () => {
    const failed = (error: string, more = {}): object => ({ ok: { success: false, error, ...more } });
    expect(await answered(create, [input], { status: 403, body: 'no' }, grants)).toEqual(
      failed('http 403: no'),
    );
    expect(await answered(create, [input], { status: 400, body: 'what' }, grants)).toEqual(
      failed('http 400: what'),
    );
    expect(await answered(create, [input], 'reset', grants)).toEqual(failed('transport failure'));
    expect(await answered(create, [input], { body: '{' }, grants)).toEqual(failed('invalid JSON response'));
    expect(await answered(create, [input], { body: '[]' }, grants)).toEqual(failed('invalid response'));
    const body = { success: false, error: 'Invalid', fieldErrors: { 'items[0].rate': 'negative' } };
    expect(await answered(create, [input], { status: 400, body }, grants)).toEqual(
      failed('Invalid', { fieldErrors: '{"items[0].rate":"negative"}' }),
    );
  });
});
