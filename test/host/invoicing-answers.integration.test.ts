import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../registry/support/database.js';
import { ALL_SERVICES, askService } from './support/guest-services.js';
import { startTestHost, type TestHost } from './support/test-host.js';

let server: TestServer;
let it: TestHost;
let clientId: string;
let serviceId: string;

beforeAll(async () => {
  server = await startTestServer();
  it = await startTestHost(server, { manifest: { capabilities: ALL_SERVICES } });
  const first = async (service: string) => {
    const [, { items }] = await askService(it, service, { operation: 'list' });
    return (items as Record<string, string>[])[0];
  };
  clientId = String((await first('ext-clients'))?.clientId);
  serviceId = String((await first('ext-services'))?.serviceId);
});
afterAll(async () => {
  await it?.stop();
  await server?.stop();
});

const NOBODY = '0b0b0204-25d9-47d0-951b-3ed518145469';
const text = expect.any(String);
const item = (more: object = {}) => ({ serviceId, description: 'Work', quantity: 2, rate: 100, ...more });
const invoice = (more: object = {}) =>
  askService(it, 'ext-invoicing', { operation: 'createManualInvoice', clientId, items: [item()], ...more });

test('a created invoice is a draft, with its number and sums', async () => {
  expect(await invoice({ poNumber: null, invoiceDate: '2026-01-31' })).toEqual([
    201,
    {
      success: true,
      invoice: { invoiceId: text, invoiceNumber: text, status: 'draft', subtotal: 200, tax: 0, total: 200 },
    },
  ]);
});

test.each<[string, () => object, number]>([
  ['a rate is rounded to an integer', () => ({ items: [item({ rate: 99.6 })] }), 200],
  [
    'a discount of a percentage',
    () => ({
      items: [item(), item({ quantity: 1, rate: 10, isDiscount: true, discountType: 'percentage' })],
    }),
    180,
  ],
  [
    'a fixed discount of a service',
    () => ({
      items: [
        item(),
        item({
          quantity: 1,
          rate: 30,
          isDiscount: true,
          discountType: 'fixed',
          appliesToServiceId: serviceId,
        }),
      ],
    }),
    170,
  ],
  ['null for what it applies to', () => ({ items: [item({ appliesToItemId: null })] }), 200],
])('%s', async (_name, more, total) => {
  expect(await invoice(more())).toMatchObject([201, { invoice: { total } }]);
});

test.each<[string, () => object]>([
  ['clientId', () => ({ clientId: '7' })],
  ['clientId', () => ({ clientId: NOBODY.replace('-47d0', '-77d0') })],
  ['items', () => ({ items: [] })],
  ['items', () => ({ items: undefined })],
  ['items[0]', () => ({ items: ['x'] })],
  ['items[0].serviceId', () => ({ items: [item({ serviceId: 'x' })] })],
  ['items[0].description', () => ({ items: [item({ description: '' })] })],
  ['items[0].description', () => ({ items: [item({ description: 'x'.repeat(501) })] })],
  ['items[0].quantity', () => ({ items: [item({ quantity: 0 })] })],
  ['items[0].quantity', () => ({ items: [item({ quantity: '2' })] })],
  ['items[1].rate', () => ({ items: [item(), item({ rate: -1 })] })],
  ['items[0].discountType', () => ({ items: [item({ discountType: 'fixed' })] })],
  ['items[0].discountType', () => ({ items: [item({ isDiscount: true })] })],
  ['items[0].rate', () => ({ items: [item({ isDiscount: true, discountType: 'percentage', rate: 101 })] })],
  ['items[0].appliesToItemId', () => ({ items: [item({ appliesToItemId: NOBODY })] })],
  [
    'items[0]',
    () => ({
      items: [
        item({
          isDiscount: true,
          discountType: 'fixed',
          appliesToItemId: NOBODY,
          appliesToServiceId: NOBODY,
        }),
      ],
    }),
  ],
  ['invoiceDate', () => ({ invoiceDate: '31.01.2026' })],
  ['dueDate', () => ({ dueDate: 20260131 })],
  ['poNumber', () => ({ poNumber: 'x'.repeat(129) })],
])('the fault is told at %s (%#)', async (field, more) => {
  const [status, body] = await invoice(more());
  expect([status, body]).toMatchObject([
    400,
    { success: false, error: text, fieldErrors: { [field]: text } },
  ]);
  expect(body).not.toHaveProperty('code');
});

test.each<[string, () => object]>([
  ['client', () => ({ clientId: NOBODY })],
  ['service', () => ({ items: [item({ serviceId: NOBODY })] })],
])('a %s that does not exist is 400, and leaves no invoice', async (_name, more) => {
  const count = () => it.database.query('SELECT count(*) FROM invoices');
  const before = await count();
  expect(await invoice(more())).toMatchObject([400, { success: false, error: text }]);
  expect(await count()).toEqual(before);
});

test('only one operation exists, and that is asked before the install', async () => {
  for (const body of [{}, { operation: 'list' }, '{', '[]']) {
    expect(await askService(it, 'ext-invoicing', body, NOBODY)).toEqual([400, { error: text }]);
  }
});
