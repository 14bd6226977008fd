import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../registry/support/database.js';
import { ALL_SERVICES, askService } from './support/guest-services.js';
import { startTestHost, type TestHost } from './support/test-host.js';

let server: TestServer;
let it: TestHost;

beforeAll(async () => {
  server = await startTestServer();
  it = await startTestHost(server, { manifest: { capabilities: ALL_SERVICES } });
});
afterAll(async () => {
  await it?.stop();
  await server?.stop();
});

const NOBODY = '0b0b0204-25d9-47d0-951b-3ed518145469';
const valid: Record<string, object> = {
  'ext-storage': { operation: 'list', namespace: 'n' },
  'ext-scheduler': { operation: 'list' },
  'ext-invoicing': { operation: 'createManualInvoice' },
  'ext-clients': { operation: 'list' },
  'ext-services': { operation: 'list' },
};
const text = expect.any(String);
const coded = (code: string) => ({ error: text, code });

describe('an install that is not there', () => {
  test.each<[string, object]>([
    ['ext-storage', { ...coded('NOT_FOUND'), details: null }],
    ['ext-scheduler', { ...coded('NOT_FOUND'), details: null }],
    ['ext-invoicing', { error: text }],
    ['ext-clients', coded('NOT_FOUND')],
    ['ext-services', coded('NOT_FOUND')],
  ])('%s answers 404 in its own words', async (service, body) => {
    expect(await askService(it, service, valid[service], NOBODY)).toEqual([404, body]);
  });

  test.each(Object.keys(valid))('%s answers 500 when its id is no UUID', async (service) => {
    const answer = await askService(it, service, valid[service], 'tenant-dev');
    expect(answer).toEqual([500, { error: 'Internal error', code: 'INTERNAL_ERROR' }]);
  });
});

describe('an install that is switched off', () => {
  test.each<[string, number, object]>([
    ['ext-storage', 401, { ...coded('UNAUTHORIZED'), details: null }],
    ['ext-scheduler', 404, { ...coded('NOT_FOUND'), details: null }],
    ['ext-invoicing', 404, { error: text }],
    ['ext-clients', 404, coded('NOT_FOUND')],
    ['ext-services', 404, coded('NOT_FOUND')],
  ])('%s answers %i', async (service, status, body) => {
    await it.registry.setEnabled(it.rows.installId, false);
    const answer = await askService(it, service, valid[service]);
    await it.registry.setEnabled(it.rows.installId, true);
    expect(answer).toEqual([status, body]);
  });
});

describe('the capability, where the host looks at it again', () => {
  let without: TestHost;
  beforeAll(async () => {
    without = await startTestHost(server, { manifest: { capabilities: [] } });
  });
  afterAll(() => without?.stop());

  test.each<[string, number, object | undefined]>([
    ['ext-storage', 200, undefined],
    ['ext-scheduler', 200, undefined],
    ['ext-invoicing', 403, { success: false, error: text }],
    ['ext-clients', 403, coded('NOT_ALLOWED')],
    ['ext-services', 403, coded('NOT_ALLOWED')],
  ])('%s without it answers %i', async (service, status, body) => {
    const [got, answer] = await askService(without, service, valid[service]);
    expect([got, body && answer]).toEqual([status, body]);
  });

  test('a grant is as good as a declaration', async () => {
    await without.registry.setGrantedCapabilities(without.rows.installId, ['cap:client.read']);
    expect((await askService(without, 'ext-clients', valid['ext-clients']))[0]).toBe(200);
  });
});

describe('clients and services', () => {
  const list = (service: string, input: unknown, more: object = {}) =>
    askService(it, service, { operation: 'list', input, ...more });
  const names = async (service: string, input: object): Promise<unknown[]> => {
    const [, body] = await list(service, input);
    return (body.items as Record<string, unknown>[]).map((item) => item.clientName ?? item.serviceName);
  };

  test('an item of each, field by field', async () => {
    const [, clients] = await list('ext-clients', { search: 'emerald' });
    expect(clients).toEqual({
      items: [
        {
          clientId: text,
          clientName: 'Emerald City',
          clientType: 'company',
          isInactive: false,
          defaultCurrencyCode: 'USD',
          accountManagerId: text,
          accountManagerName: 'Alex Admin',
          billingEmail: 'billing@emerald.example.com',
        },
      ],
      totalCount: 1,
      page: 1,
      pageSize: 25,
    });
    const [, services] = await list('ext-services', { search: 'fw-s', pageSize: 3 });
    expect(services).toEqual({
      items: [
        {
          serviceId: text,
          serviceName: 'Firewall Appliance',
          itemKind: 'product',
          billingMethod: 'fixed',
          serviceTypeId: text,
          serviceTypeName: 'Hardware',
          defaultRate: 69_900,
          unitOfMeasure: 'each',
          isActive: true,
          sku: 'FW-S',
        },
      ],
      totalCount: 1,
      page: 1,
      pageSize: 3,
    });
  });

  test.each<[string, object, string[]]>([
    ['ext-clients', {}, ['Emerald City', 'Harbour Dental', 'Ruth Okafor']],
    ['ext-clients', { includeInactive: true, page: 2, pageSize: 3 }, ['Ruth Okafor']],
    ['ext-services', { isActive: false }, ['Fax Line']],
    ['ext-services', { itemKind: 'product' }, ['Firewall Appliance']],
    ['ext-services', { billingMethod: 'usage' }, ['Backup Storage']],
    ['ext-services', { search: 'OFF-SITE' }, ['Backup Storage']],
    ['ext-services', { search: '%' }, []],
  ])('%s with %j: by name', async (service, input, expected) => {
    expect(await names(service, input)).toEqual(expected);
  });

  test.each<[string, object]>([
    ['search', { search: 'x'.repeat(201) }],
    ['page', { page: 0 }],
    ['page', { page: 10_001 }],
    ['page', { page: 1.5 }],
    ['pageSize', { pageSize: 0 }],
    ['pageSize', { pageSize: 101 }],
  ])('%s that is out of bounds (%j) is 400 for both', async (field, input) => {
    for (const service of ['ext-clients', 'ext-services']) {
      const fields = { formErrors: [], fieldErrors: { [field]: [text] } };
      expect(await list(service, input)).toEqual([400, { ...coded('INVALID_INPUT'), details: fields }]);
    }
  });

  test.each<[string, object]>([
    ['ext-services', { itemKind: 'thing' }],
    ['ext-services', { billingMethod: 'never' }],
    ['ext-services', { isActive: 'yes' }],
    ['ext-clients', { includeInactive: 1 }],
  ])('%s refuses the filter %j', async (service, input) => {
    expect(await list(service, input)).toMatchObject([400, { code: 'INVALID_INPUT' }]);
  });

  test.each<[string, string]>([
    ['ext-clients', 'clientId'],
    ['ext-services', 'serviceId'],
  ])('%s get: null for a stranger, 400 for what is no id', async (service, field) => {
    const get = (id: unknown) => askService(it, service, { operation: 'get', input: { [field]: id } });
    expect(await get(NOBODY)).toEqual([200, { item: null }]);
    expect(await get('7')).toMatchObject([400, { code: 'INVALID_INPUT' }]);
    const [, { items }] = await list(service, {});
    const first = (items as Record<string, unknown>[])[0];
    expect(await get(first?.[field])).toEqual([200, { item: first }]);
  });

  test('a user of the call needs the right itself; none is asked of a scheduled run; null is no user', async () => {
    const [users] = await Promise.all([it.registry.users(it.database.tenantId)]);
    const as = (username: string) => {
      const userId = users.find((user) => user.username === username)?.userId;
      return { user: { userId, userType: 'internal' } };
    };
    for (const service of ['ext-clients', 'ext-services']) {
      expect((await list(service, null, as('tech')))[0]).toBe(200);
      expect(await list(service, null, as('newcomer'))).toEqual([403, coded('NOT_ALLOWED')]);
      expect((await list(service, null))[0]).toBe(200);
      expect(await list(service, null, { user: null })).toMatchObject([400, { code: 'INVALID_INPUT' }]);
    }
  });
});
