import { describe, expect, test } from 'vitest';
import { answered, bodyOf, type HostFunction } from './host-calls.js';
import { subject } from './subject.js';

describe('clients and services', () => {
  const user = {
    userId: 'u',
    userEmail: 'e',
    userName: 'n',
    userType: 'internal',
    clientName: '',
    additionalFields: {},
  };
  const grants = { grants: ['cap:client.read', 'cap:service.read'] };
  const listClients: HostFunction = ['clients', 'listClients'];
  const getClient: HostFunction = ['clients', 'getClient'];
  const listServices: HostFunction = ['services', 'listServices'];

  test('clients: paging has defaults, the user goes along when there is one', async () => {
    const body = {
      items: [{ client_id: 'c', clientName: 'Ä', billing_email: 'b@example.com', client_type: null }],
      total_count: 31,
      page: 2,
      pageSize: 10,
    };
    expect(await answered(listClients, [{ search: 'x' }], { body }, { ...grants, user })).toEqual({
      ok: {
        items: [{ clientId: 'c', clientName: 'Ä', isInactive: false, billingEmail: 'b@example.com' }],
        totalCount: 31,
        page: 2,
        pageSize: 10,
      },
    });
    expect(await answered(listClients, [{}], { body: { items: [] } }, grants)).toEqual({
      ok: { items: [], totalCount: 0, page: 1, pageSize: 25 },
    });
    expect(subject.host.take().map(bodyOf)).toEqual([
      {
        operation: 'list',
        input: { search: 'x', page: 1, pageSize: 25 },
        user: { userId: 'u', userType: 'internal' },
      },
      { operation: 'list', input: { page: 1, pageSize: 25 } },
    ]);
  });

  test('clients: one, none, and answers that are neither', async () => {
    const item = { clientId: 'c', clientName: 'C', isInactive: true };
    expect(await answered(getClient, ['c'], { body: { item } }, grants)).toEqual({ ok: item });
    expect(await answered(getClient, ['c'], { body: { item: null } }, grants)).toEqual({ ok: null });
    expect(await answered(getClient, ['c'], { body: {} }, grants)).toEqual({ thrown: 'internal' });
    expect(await answered(getClient, ['c'], { status: 404 }, grants)).toEqual({ thrown: 'internal' });
    expect(bodyOf(subject.host.take()[0])).toEqual({ operation: 'get', input: { clientId: 'c' } });
  });

  test('services: filters, defaults, and one malformed item spoils the list', async () => {
    const item = { serviceId: 's', service_name: 'S', itemKind: 'product', billing_method: 'usage' };
    const filters = { itemKind: 'service', isActive: true, billingMethod: 'hourly', page: 3, pageSize: 100 };
    expect(await answered(listServices, [filters], { body: { items: [item] } }, grants)).toMatchObject({
      ok: {
        items: [
          {
            serviceId: 's',
            serviceName: 'S',
            itemKind: 'product',
            billingMethod: 'usage',
            defaultRate: 0,
            unitOfMeasure: '',
            isActive: true,
          },
        ],
      },
    });
    expect(bodyOf(subject.host.take()[0])).toEqual({ operation: 'list', input: filters });
    const broken = { ...item, itemKind: 'gift' };
    expect(await answered(listServices, [{}], { body: { items: [item, broken] } }, grants)).toEqual({
      thrown: 'internal',
    });
    const getService: HostFunction = ['services', 'getService'];
    expect(await answered(getService, ['s'], { body: { item } }, grants)).toMatchObject({
      ok: { serviceId: 's' },
    });
  });

  test('paging outside of its bounds is refused here', async () => {
    for (const filters of [{ page: 0 }, { pageSize: 0 }, { pageSize: 101 }]) {
      expect(await subject.hostCall(listClients, [filters], grants)).toEqual({ thrown: 'invalid-input' });
      expect(await subject.hostCall(listServices, [filters], grants)).toEqual({ thrown: 'invalid-input' });
    }
    expect(subject.host.take()).toEqual([]);
  });

  test.each([
    [400, 'invalid-input'],
    [401, 'not-allowed'],
    [403, 'not-allowed'],
    [404, 'internal'],
    [409, 'internal'],
    [429, 'internal'],
    [503, 'internal'],
  ])('a status of %i is the error %s', async (status, error) => {
    expect(await answered(listClients, [{}], { status }, grants)).toEqual({ thrown: error });
    expect(await answered(listServices, [{}], { status }, grants)).toEqual({ thrown: error });
  });
});
