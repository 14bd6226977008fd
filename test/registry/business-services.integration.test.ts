import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { InstallId } from '../../src/core/ids.js';
import {
  addEmbeddedTenant,
  createRegistry,
  type HostServices,
  type Registry,
  type User,
} from '../../src/registry/index.js';
import { startTestServer, type TestDatabase, type TestServer } from './support/database.js';
import { publication } from './support/publication.js';

let server: TestServer;
let database: TestDatabase;
let registry: Registry;
let services: HostServices;
let installId: InstallId;
let bareInstallId: InstallId;
let users: User[];

const capabilities = ['cap:client.read', 'cap:service.read', 'cap:invoice.manual.create'];

beforeAll(async () => {
  server = await startTestServer();
  database = await server.database();
  await addEmbeddedTenant({ ...database, name: 'Second' });
  registry = createRegistry(database);
  services = registry.services;
  const { tenantId } = database;
  ({ installId } = await registry.publish(publication(tenantId, 'a', { capabilities })));
  const bare = publication(tenantId, 'b', { name: 'com.example.bare', capabilities: [] });
  bareInstallId = (await registry.publish(bare)).installId;
  users = await registry.users(tenantId);
});
afterAll(async () => {
  await registry.close();
  await server.stop();
});

const asUser = (username: string): { userId: string; userType: string } => {
  const user = users.find((one) => one.username === username);
  if (!user) throw new Error(`no user ${username}`);
  return { userId: user.userId, userType: user.userType };
};
const unknownId = '11111111-1111-4111-8111-111111111111';

describe('clients', () => {
  const names = async (input: Record<string, unknown>): Promise<string[]> =>
    (await services.clients.list(installId, { input })).items.map((item) => item.clientName);

  test('are listed by name, active ones of the own tenant only', async () => {
    const page = await services.clients.list(installId, {});
    expect(page).toMatchObject({ totalCount: 3, page: 1, pageSize: 25 });
    expect(page.items[0]).toEqual({
      clientId: expect.any(String),
      clientName: 'Emerald City',
      clientType: 'company',
      isInactive: false,
      defaultCurrencyCode: 'USD',
      accountManagerId: asUser('admin').userId,
      accountManagerName: 'Alex Admin',
      billingEmail: 'billing@emerald.example.com',
    });
    expect(page.items.map((item) => item.clientName)).toEqual([
      'Emerald City',
      'Harbour Dental',
      'Ruth Okafor',
    ]);
  });

  test('are filtered and paged', async () => {
    expect(await names({ includeInactive: true })).toContain('Quill & Sons');
    expect(await names({ search: 'DENTAL' })).toEqual(['Harbour Dental']);
    expect(await names({ search: '%' })).toEqual([]);
    expect(await names({ page: 2, pageSize: 2 })).toEqual(['Ruth Okafor']);
    expect(await names({ page: 9 })).toEqual([]);
  });

  test('one is got by id, a stranger is null', async () => {
    const [first] = (await services.clients.list(installId, { input: null })).items;
    const got = await services.clients.get(installId, { input: { clientId: first?.clientId } });
    expect(got).toEqual({ item: first });
    expect(await services.clients.get(installId, { input: { clientId: unknownId } })).toEqual({ item: null });
  });

  test("with the product's defects shown, a search fails", async () => {
    const odd = createRegistry({ ...database, quirks: true });
    const search = odd.services.clients.list(installId, { input: { search: 'x' } });
    await expect(search).rejects.toMatchObject({ status: 500, code: 'INTERNAL_ERROR' });
    await odd.close();
  });
});

describe('services', () => {
  const names = async (input: Record<string, unknown>): Promise<string[]> =>
    (await services.catalogue.list(installId, { input })).items.map((item) => item.serviceName);

  test('are listed by name, inactive ones too', async () => {
    const page = await services.catalogue.list(installId, {});
    expect(page.totalCount).toBe(5);
    expect(page.items[0]).toEqual({
      serviceId: expect.any(String),
      serviceName: 'Backup Storage',
      itemKind: 'service',
      billingMethod: 'usage',
      serviceTypeId: expect.any(String),
      serviceTypeName: 'Managed Services',
      defaultRate: 15,
      unitOfMeasure: 'GB',
      isActive: true,
      sku: 'BKP-GB',
    });
  });

  test('are filtered', async () => {
    expect(await names({ itemKind: 'product' })).toEqual(['Firewall Appliance']);
    expect(await names({ isActive: false })).toEqual(['Fax Line']);
    expect(await names({ billingMethod: 'hourly' })).toEqual(['Engineering Hour']);
    expect(await names({ search: 'bkp' })).toEqual(['Backup Storage']);
    expect(await names({ search: 'off-site' })).toEqual(['Backup Storage']);
  });

  test('one is got by id', async () => {
    const [first] = (await services.catalogue.list(installId, {})).items;
    const body = { input: { serviceId: first?.serviceId }, user: asUser('tech') };
    expect(await services.catalogue.get(installId, body)).toEqual({ item: first });
  });
});

describe('what both refuse', () => {
  test.each([
    ['a long search', { input: { search: 'x'.repeat(201) } }],
    ['page 0', { input: { page: 0 } }],
    ['a large page', { input: { pageSize: 101 } }],
    ['input that is no object', { input: 'x' }],
    ['a user that is null', { user: null }],
    ['a user without an id', { user: { userType: 'internal' } }],
  ])('%s', async (_, body) => {
    for (const service of [services.clients, services.catalogue]) {
      await expect(service.list(installId, body)).rejects.toMatchObject({
        status: 400,
        body: { code: 'INVALID_INPUT', error: expect.any(String), details: expect.anything() },
      });
    }
  });

  test('an extension without the capability, a user without the right', async () => {
    for (const service of [services.clients, services.catalogue]) {
      await expect(service.list(bareInstallId, {})).rejects.toMatchObject({
        status: 403,
        body: { error: expect.any(String), code: 'NOT_ALLOWED' },
      });
      await expect(service.list(installId, { user: asUser('newcomer') })).rejects.toMatchObject({
        status: 403,
      });
      await expect(service.list(installId, { user: asUser('dana') })).rejects.toMatchObject({ status: 403 });
      const stranger = { user: { userId: `' OR 1=1`, userType: 'internal' } };
      await expect(service.list(installId, stranger)).rejects.toMatchObject({ status: 403 });
      await expect(service.list(installId, { user: asUser('admin') })).resolves.toBeDefined();
    }
  });

  test('an unknown install', async () => {
    await expect(services.clients.list(unknownId, {})).rejects.toMatchObject({
      status: 404,
      code: 'NOT_FOUND',
    });
  });
});

describe('manual invoices', () => {
  let invoice: Record<string, unknown>;
  let serviceId: string;
  let otherServiceId: string;

  beforeAll(async () => {
    const [client] = (await services.clients.list(installId, {})).items;
    const [one, two] = (await services.catalogue.list(installId, {})).items;
    serviceId = one?.serviceId ?? '';
    otherServiceId = two?.serviceId ?? '';
    const items = [{ serviceId, description: 'Work', quantity: 1.5, rate: 1000.4 }];
    invoice = { operation: 'createManualInvoice', clientId: client?.clientId, items };
  });

  const create = (
    more: Record<string, unknown> = {},
  ): ReturnType<HostServices['invoicing']['createManualInvoice']> =>
    services.invoicing.createManualInvoice(installId, { ...invoice, ...more });

  test('are drafts with a number, charges and totals', async () => {
    const { success, invoice: made } = await create({ poNumber: 'PO-7', invoiceDate: '2026-02-28' });
    expect(success).toBe(true);
    expect(made).toEqual({
      invoiceId: expect.any(String),
      invoiceNumber: 'INV-000001',
      status: 'draft',
      subtotal: 1500,
      tax: 0,
      total: 1500,
    });
    const [row] = await database.query(
      `SELECT invoice_number, status, is_manual, po_number, invoice_date::text, due_date::text, currency_code,
              created_by IS NOT NULL AS has_creator FROM invoices`,
    );
    expect(row).toEqual({
      invoice_number: 'INV-000001',
      status: 'draft',
      is_manual: true,
      po_number: 'PO-7',
      invoice_date: '2026-02-28',
      due_date: '2026-02-28',
      currency_code: 'USD',
      has_creator: true,
    });
    expect((await create()).invoice.invoiceNumber).toBe('INV-000002');
  });

  test('discounts are taken from what they apply to', async () => {
    const items = [
      { serviceId, description: 'A', quantity: 2, rate: 1000 },
      { serviceId: otherServiceId, description: 'B', quantity: 1, rate: 500 },
      {
        serviceId,
        description: '10 %',
        quantity: 1,
        rate: 10,
        isDiscount: true,
        discountType: 'percentage',
        appliesToServiceId: serviceId,
      },
      { serviceId, description: 'off', quantity: 1, rate: 100, isDiscount: true, discountType: 'fixed' },
    ];
    expect((await create({ items })).invoice).toMatchObject({ subtotal: 2200, total: 2200 });
  });

  const item = (more: Record<string, unknown>): Record<string, unknown> => ({
    items: [{ serviceId, description: 'x', quantity: 1, rate: 1, ...more }],
  });
  test.each<[string, () => Record<string, unknown>, string]>([
    ['no client', () => ({ clientId: undefined }), 'clientId'],
    ['a client id that is no UUID', () => ({ clientId: 'x' }), 'clientId'],
    ['no items', () => ({ items: [] }), 'items'],
    ['an item that is none', () => ({ items: ['x'] }), 'items[0]'],
    ['a service id that is no UUID', () => item({ serviceId: 'x' }), 'items[0].serviceId'],
    ['no description', () => item({ description: ' ' }), 'items[0].description'],
    ['a long description', () => item({ description: 'x'.repeat(501) }), 'items[0].description'],
    ['no quantity', () => item({ quantity: 0 }), 'items[0].quantity'],
    ['a negative rate', () => item({ rate: -1 }), 'items[0].rate'],
    [
      'a percentage over 100',
      () => item({ rate: 101, isDiscount: true, discountType: 'percentage' }),
      'items[0].rate',
    ],
    ['a discount without a type', () => item({ isDiscount: true }), 'items[0].discountType'],
    ['a type without a discount', () => item({ discountType: 'fixed' }), 'items[0].discountType'],
    [
      'a target without a discount',
      () => item({ appliesToServiceId: unknownId }),
      'items[0].appliesToServiceId',
    ],
    [
      'two targets',
      () =>
        item({
          isDiscount: true,
          discountType: 'fixed',
          appliesToServiceId: unknownId,
          appliesToItemId: unknownId,
        }),
      'items[0]',
    ],
    ['a date of another shape', () => ({ dueDate: '1.2.2026' }), 'dueDate'],
    ['a long order number', () => ({ poNumber: 'x'.repeat(129) }), 'poNumber'],
    ['an unknown client', () => ({ clientId: unknownId }), 'clientId'],
  ])('refuse %s', async (_, more, field) => {
    await expect(create(more())).rejects.toMatchObject({
      status: 400,
      body: { success: false, error: expect.any(String), fieldErrors: { [field]: expect.any(String) } },
    });
  });

  test('refuse an unknown service and a date that does not exist', async () => {
    await expect(create(item({ serviceId: unknownId }))).rejects.toMatchObject({
      status: 400,
      body: { success: false },
    });
    await expect(create({ invoiceDate: '2026-02-30' })).rejects.toMatchObject({
      status: 400,
      body: { success: false },
    });
  });

  test('a failure after the number was drawn leaves a gap and no invoice', async () => {
    const [before] = await database.query('SELECT count(*) FROM invoices');
    const number = (await create()).invoice.invoiceNumber;
    await create(item({ serviceId: unknownId })).catch(() => undefined);
    const next = (await create()).invoice.invoiceNumber;
    expect(Number(next.slice(4)) - Number(number.slice(4))).toBe(2);
    expect(await database.query('SELECT count(*) FROM invoices')).toEqual([
      { count: String(Number(before?.count) + 2) },
    ]);
  });

  test('need the capability and a known install', async () => {
    await expect(services.invoicing.createManualInvoice(bareInstallId, invoice)).rejects.toMatchObject({
      status: 403,
      code: null,
      body: { success: false },
    });
    await expect(services.invoicing.createManualInvoice(unknownId, invoice)).rejects.toMatchObject({
      status: 404,
      body: { error: expect.any(String) },
    });
  });
});
