import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, type ReceivedCall, ScriptedServer } from './capabilities-support.js';
import { EngineUnderTest, type RequestOverrides } from './engine-support.js';

const TOKEN = 'service-token';

let host: ScriptedServer;
let guest: EngineUnderTest;

beforeAll(async () => {
  host = await ScriptedServer.start();
  guest = await EngineUnderTest.start('plain', {
    hostApi: { baseUrl: host.origin, token: TOKEN, timeoutMs: 1000, maxResponseBytes: 1024 * 1024 },
    uiProxy: { baseUrl: `${host.origin}/proxy/base/?dropped=1`, timeoutMs: 1000 },
    vault: { address: host.origin, tokenFile: '/nonexistent', transitMount: 'transit', timeoutMs: 1000 },
  });
});
afterAll(async () => {
  await guest.engine.stop();
  await host.stop();
});
afterEach(() => {
  host.take();
  host.answer = () => ({});
});

type HostFunction = readonly [interfaceName: string, name: string];

/** What the guest got when the host answered as given. */
async function answered(
  call: HostFunction,
  args: readonly unknown[],
  answer: Answer | 'hang' | 'reset',
  overrides: RequestOverrides,
): Promise<unknown> {
  host.answer = () => answer;
  return await guest.hostCall(call, args, overrides);
}

function bodyOf(call: ReceivedCall | undefined): unknown {
  return JSON.parse(call?.body ?? 'null');
}

describe('without its grant or install, a function answers without asking the host', () => {
  const entry = { namespace: 'n', key: 'k', value: { $bytes: 'v' } };
  const schedule = { endpoint: '/e', cron: '0 0 * * *' };
  const invoice = { clientId: 'c', items: [] };
  const denied = { thrown: 'denied' };
  const notAllowed = { thrown: 'not-allowed' };
  const refused = (error: string): object => ({
    ok: { success: false, error },
  });
  const rows: ReadonlyArray<readonly [HostFunction, readonly unknown[], object, string, object | undefined]> =
    [
      [['secrets', 'get'], ['key'], denied, 'cap:secrets.get', undefined],
      [['secrets', 'listKeys'], [], { ok: [] }, 'cap:secrets.get', undefined],
      [
        ['http', 'fetch'],
        [{ method: 'GET', url: 'http://localhost/', headers: [] }],
        notAllowed,
        'cap:http.fetch',
        undefined,
      ],
      [['storage', 'get'], ['n', 'k'], denied, 'cap:storage.kv', denied],
      [['storage', 'put'], [entry], denied, 'cap:storage.kv', denied],
      [['storage', 'delete'], ['n', 'k'], denied, 'cap:storage.kv', denied],
      [['storage', 'listEntries'], ['n'], denied, 'cap:storage.kv', denied],
      [['ui-proxy', 'callRoute'], ['/r'], denied, 'cap:ui.proxy', undefined],
      [['scheduler', 'listSchedules'], [], denied, 'cap:scheduler.manage', denied],
      [['scheduler', 'getSchedule'], ['id'], denied, 'cap:scheduler.manage', denied],
      [['scheduler', 'getEndpoints'], [], denied, 'cap:scheduler.manage', denied],
      [
        ['scheduler', 'createSchedule'],
        [schedule],
        refused('Permission denied: cap:scheduler.manage not granted'),
        'cap:scheduler.manage',
        refused('Install ID missing'),
      ],
      [
        ['scheduler', 'updateSchedule'],
        ['id', {}],
        refused('Permission denied: cap:scheduler.manage not granted'),
        'cap:scheduler.manage',
        refused('Install ID missing'),
      ],
      [
        ['scheduler', 'deleteSchedule'],
        ['id'],
        refused('Permission denied: cap:scheduler.manage not granted'),
        'cap:scheduler.manage',
        refused('Install ID missing'),
      ],
      [
        ['invoicing', 'createManualInvoice'],
        [invoice],
        refused('Permission denied: cap:invoice.manual.create not granted'),
        'cap:invoice.manual.create',
        refused('Permission denied: install_id missing'),
      ],
      [['clients', 'listClients'], [{}], notAllowed, 'cap:client.read', notAllowed],
      [['clients', 'getClient'], ['id'], notAllowed, 'cap:client.read', notAllowed],
      [['services', 'listServices'], [{}], notAllowed, 'cap:service.read', notAllowed],
      [['services', 'getService'], ['id'], notAllowed, 'cap:service.read', notAllowed],
    ];

  test.each(rows)('%j', async (call, args, ungranted, capability, withoutInstall) => {
    expect(await guest.hostCall(call, args)).toEqual(ungranted);
    if (withoutInstall !== undefined) {
      const overrides = { grants: [capability], installId: undefined };
      expect(await guest.hostCall(call, args, overrides)).toEqual(withoutInstall);
    }
    expect(host.take()).toEqual([]);
  });

  test('only storage takes an empty install id for none', async () => {
    const storage = { grants: ['cap:storage.kv'], installId: '' };
    expect(await guest.hostCall(['storage', 'get'], ['n', 'k'], storage)).toEqual({ thrown: 'denied' });
    expect(host.take()).toEqual([]);
    await guest.hostCall(['clients', 'getClient'], ['id'], { grants: ['cap:client.read'], installId: '' });
    expect(host.take()).toMatchObject([{ url: '/api/internal/ext-clients/install/' }]);
  });
});

describe('what needs no grant of its own', () => {
  test('context is the context of the request', async () => {
    expect(await guest.hostCall(['context', 'getContext'], [], { versionId: undefined })).toEqual({
      ok: {
        requestId: 'request-1',
        tenantId: 'tenant-1',
        extensionId: 'extension-1',
        installId: 'install-1',
      },
    });
  });

  test('users: none, and one with everything', async () => {
    expect(await guest.hostCall(['user', 'getUser'], [])).toEqual({ thrown: 'not-available' });
    expect(await guest.hostCall(['user-v2', 'getUser'], [])).toEqual({ thrown: 'not-available' });
    const user = {
      userId: 'u',
      userEmail: 'u@example.com',
      userName: 'U',
      userType: 'client',
      clientName: 'Client',
      clientId: 'c-1',
      additionalFields: { zeta: '1', alpha: '2', Ä: '3', Z: '4' },
    };
    const basic = {
      tenantId: 'tenant-1',
      clientName: 'Client',
      userId: 'u',
      userEmail: 'u@example.com',
      userName: 'U',
      userType: 'client',
    };
    expect(await guest.hostCall(['user', 'getUser'], [], { user })).toEqual({ ok: basic });
    expect(await guest.hostCall(['user-v2', 'getUser'], [], { user })).toEqual({
      ok: {
        ...basic,
        clientId: 'c-1',
        additionalFields: [
          ['Z', '4'],
          ['alpha', '2'],
          ['zeta', '1'],
          ['Ä', '3'],
        ],
      },
    });
  });
});

describe('storage', () => {
  const grants = { grants: ['cap:storage.kv'] };
  const get: HostFunction = ['storage', 'get'];
  const base64 = (text: string): string => Buffer.from(text).toString('base64');

  test('get: request, and every way a value can be stored', async () => {
    const stored = (value: unknown, metadata?: object): Promise<unknown> =>
      answered(get, ['n', 'k'], { body: { namespace: 'n', key: 'k', value, metadata, revision: 7 } }, grants);
    const entry = (text: string): object => ({
      ok: { namespace: 'n', key: 'k', value: { $bytes: text }, revision: { $big: '7' } },
    });
    expect(await stored(base64('hällo'), { encoding: 'base64-bytes' })).toEqual(entry('hällo'));
    const [call] = host.take();
    expect(call).toMatchObject({
      method: 'POST',
      url: '/api/internal/ext-storage/install/install-1',
      headers: { 'content-type': 'application/json', 'x-runner-auth': TOKEN },
    });
    expect(bodyOf(call)).toEqual({ operation: 'get', namespace: 'n', key: 'k' });
    expect(await stored('not base64!', { encoding: 'base64-bytes' })).toEqual({ thrown: 'internal' });
    expect(await stored({ _bytes_b64: base64('in an object') })).toEqual(entry('in an object'));
    expect(await stored(base64('looks like it'))).toEqual(entry('looks like it'));
    expect(await stored('plain text')).toEqual(entry('plain text'));
    expect(await stored({ a: [1, null] })).toEqual(entry('{"a":[1,null]}'));
    expect(await stored(null)).toEqual(entry('null'));
  });

  test('put: bytes as base64, the revision only when the guest gives one', async () => {
    const put: HostFunction = ['storage', 'put'];
    const entry = { namespace: 'n', key: 'k', value: { $bytes: 'vä' } };
    expect(await answered(put, [entry], { body: { revision: 3 } }, grants)).toEqual({
      ok: { ...entry, revision: { $big: '3' } },
    });
    const withRevision = { ...entry, revision: { $big: '2' } };
    expect(await answered(put, [withRevision], { status: 409 }, grants)).toEqual({ thrown: 'conflict' });
    expect(host.take().map(bodyOf)).toEqual([
      {
        operation: 'put',
        namespace: 'n',
        key: 'k',
        value: base64('vä'),
        metadata: { encoding: 'base64-bytes' },
      },
      {
        operation: 'put',
        namespace: 'n',
        key: 'k',
        value: base64('vä'),
        metadata: { encoding: 'base64-bytes' },
        ifRevision: 2,
      },
    ]);
  });

  test('delete: nothing deleted is a conflict', async () => {
    const remove: HostFunction = ['storage', 'delete'];
    expect(await answered(remove, ['n', 'k'], { body: { success: true } }, grants)).toEqual({ ok: null });
    expect(await answered(remove, ['n', 'k'], { body: '' }, grants)).toEqual({ ok: null });
    expect(await answered(remove, ['n', 'k'], { body: { success: false } }, grants)).toEqual({
      thrown: 'conflict',
    });
  });

  test('list: cursor passed on, items without names are an internal error', async () => {
    const list: HostFunction = ['storage', 'listEntries'];
    const item = { namespace: 'n', key: 'k', value: base64('v'), revision: 1 };
    const body = { items: [item], nextCursor: 'more' };
    expect(await answered(list, ['n', 'c'], { body }, grants)).toEqual({
      ok: [{ namespace: 'n', key: 'k', value: { $bytes: 'v' }, revision: { $big: '1' } }],
    });
    expect(await answered(list, ['n'], { body: { items: [{ value: 'v' }] } }, grants)).toEqual({
      thrown: 'internal',
    });
    expect(host.take().map(bodyOf)).toEqual([
      { operation: 'list', namespace: 'n', includeValues: true, includeMetadata: true, cursor: 'c' },
      { operation: 'list', namespace: 'n', includeValues: true, includeMetadata: true },
    ]);
  });

  test('an answer beyond its bounds is an internal error', async () => {
    const body = Buffer.alloc(2 * 1024 * 1024, ' ');
    expect(await answered(get, ['n', 'k'], { body }, grants)).toEqual({ thrown: 'internal' });
  });

  test.each([
    [{ status: 400 }, 'internal'],
    [{ status: 401 }, 'denied'],
    [{ status: 403 }, 'denied'],
    [{ status: 404 }, 'missing'],
    [{ status: 409 }, 'conflict'],
    [{ status: 429 }, 'denied'],
    [{ status: 418 }, 'internal'],
    [{ status: 500 }, 'internal'],
    [{ body: 'no json' }, 'internal'],
    ['reset', 'internal'],
    ['hang', 'internal'],
  ] as const)('an answer of %j is the error %s', async (answer, error) => {
    expect(await answered(get, ['n', 'k'], answer, grants)).toEqual({ thrown: error });
  });

  test('a redirect is followed, the token only to the same origin', async () => {
    const other = await ScriptedServer.start();
    other.answer = () => ({ body: { value: 'elsewhere' } });
    host.answer = (call) => {
      if (call.url.startsWith('/here')) return { body: { value: 'plain here' } };
      return {
        status: 307,
        headers: { location: call.body.includes('away') ? `${other.origin}/x` : '/here' },
      };
    };
    expect(await guest.hostCall(get, ['n', 'k'], grants)).toMatchObject({
      ok: { value: { $bytes: 'plain here' } },
    });
    expect(host.take()[1]).toMatchObject({ method: 'POST', headers: { 'x-runner-auth': TOKEN } });
    await guest.hostCall(get, ['n', 'away'], grants);
    expect(other.take()[0]?.headers).not.toHaveProperty('x-runner-auth');
    await other.stop();
  });

  test('the deadline of the call bounds the host call too', async () => {
    host.answer = () => 'hang';
    const body = JSON.stringify({ call: get, args: ['n', 'k'] });
    const outcome = await guest.execute('/call', { ...grants, body, timeoutMs: 200 });
    expect(outcome).toMatchObject({
      reason: 'timeout',
      message: 'the handler did not answer within 200 ms (it was waiting for storage.get)',
    });
  });
});

describe('scheduler', () => {
  const grants = { grants: ['cap:scheduler.manage'] };
  const create: HostFunction = ['scheduler', 'createSchedule'];
  const update: HostFunction = ['scheduler', 'updateSchedule'];
  const schedule = {
    id: 's1',
    endpoint_path: '/sync',
    endpointMethod: 'POST',
    cron: '0 0 * * *',
    timezone: 'UTC',
    enabled: true,
    name: null,
    payload: { a: 1 },
    last_run_at: '2026-01-01T00:00:00Z',
  };
  const info = {
    id: 's1',
    endpointPath: '/sync',
    endpointMethod: 'POST',
    cron: '0 0 * * *',
    timezone: 'UTC',
    enabled: true,
    payload: '{"a":1}',
    lastRunAt: '2026-01-01T00:00:00Z',
  };

  test('list and get: malformed items are left out', async () => {
    const list: HostFunction = ['scheduler', 'listSchedules'];
    const schedules = [schedule, { id: 'broken' }, { ...schedule, id: 's2', payload: 'text' }];
    expect(await answered(list, [], { body: { schedules } }, grants)).toEqual({
      ok: [info, { ...info, id: 's2', payload: 'text' }],
    });
    const get: HostFunction = ['scheduler', 'getSchedule'];
    expect(await answered(get, ['s1'], { body: { schedule } }, grants)).toEqual({ ok: info });
    expect(await answered(get, ['s1'], { body: { schedule: null } }, grants)).toEqual({ ok: null });
    expect(await answered(get, ['s1'], { status: 404 }, grants)).toEqual({ thrown: 'not-found' });
    expect(host.take().map(bodyOf).slice(0, 2)).toEqual([
      { operation: 'list' },
      { operation: 'get', scheduleId: 's1' },
    ]);
    const endpoints: HostFunction = ['scheduler', 'getEndpoints'];
    const endpoint = { id: 'e', method: 'GET', path: '/x', handler: 'h', schedulable: true };
    expect(await answered(endpoints, [], { body: { endpoints: [endpoint, 1] } }, grants)).toEqual({
      ok: [endpoint],
    });
  });

  test.each([
    [400, 'validation-failed'],
    [403, 'denied'],
    [404, 'not-found'],
    [409, 'internal'],
    [429, 'quota-exceeded'],
    [500, 'internal'],
  ])('a status of %i is the error %s', async (status, error) => {
    expect(await answered(['scheduler', 'getEndpoints'], [], { status }, grants)).toEqual({ thrown: error });
    expect(await answered(create, [{ endpoint: '/e', cron: 'c' }], { status }, grants)).toEqual({
      ok: {
        success: false,
        error: expect.stringMatching(
          new RegExp(`^SchedulerError \\{ code: \\d, name: "${error}", message: "" \\}$`),
        ),
      },
    });
  });

  test('create and update: payload travels as JSON, absent fields not at all', async () => {
    const input = { endpoint: 'POST /sync', cron: '0 0 * * *', enabled: false, payload: '{"a":[1]}' };
    const created = { status: 201, body: { success: true, schedule_id: 's9' } };
    expect(await answered(create, [input], created, grants)).toEqual({
      ok: { success: true, scheduleId: 's9' },
    });
    const changed = { body: { success: true } };
    expect(await answered(update, ['s9', { name: 'n', payload: 'null' }], changed, grants)).toEqual({
      ok: { success: true },
    });
    await answered(update, ['s9', { payload: '' }], changed, grants);
    await answered(['scheduler', 'deleteSchedule'], ['s9'], changed, grants);
    expect(host.take().map(bodyOf)).toEqual([
      { operation: 'create', endpoint: 'POST /sync', cron: '0 0 * * *', enabled: false, payload: { a: [1] } },
      { operation: 'update', scheduleId: 's9', name: 'n', payload: null },
      { operation: 'update', scheduleId: 's9', payload: null },
      { operation: 'delete', scheduleId: 's9' },
    ]);
  });

  test('a payload that is no JSON never reaches the host', async () => {
    const message = 'Payload must be valid JSON object or array';
    const input = { endpoint: '/e', cron: 'c', payload: '{nope' };
    expect(await guest.hostCall(create, [input], grants)).toEqual({
      ok: { success: false, error: message, fieldErrors: JSON.stringify({ payload: message }) },
    });
    expect(host.take()).toEqual([]);
  });

  test('field errors in a 400 reach the guest', async () => {
    const body = { success: false, error: 'Invalid cron', fieldErrors: { cron: 'Too frequent' } };
    const expected = {
      ok: { success: false, error: 'Invalid cron', fieldErrors: '{"cron":"Too frequent"}' },
    };
    const input = { endpoint: '/e', cron: '* * * * *' };
    expect(await answered(create, [input], { status: 400, body }, grants)).toEqual(expected);
    expect(await answered(update, ['s', input], { status: 400, body }, grants)).toEqual(expected);
    expect(await answered(create, [input], { status: 200, body }, grants)).toEqual(expected);
    const nothing = { body: { success: false, fieldErrors: null } };
    expect(await answered(create, [input], nothing, grants)).toEqual({
      ok: { success: false, fieldErrors: 'null' },
    });
  });
});

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
    const [call] = host.take();
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
    expect(host.take().map(bodyOf)).toEqual([
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
    expect(bodyOf(host.take()[0])).toEqual({ operation: 'get', input: { clientId: 'c' } });
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
    expect(bodyOf(host.take()[0])).toEqual({ operation: 'list', input: filters });
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
      expect(await guest.hostCall(listClients, [filters], grants)).toEqual({ thrown: 'invalid-input' });
      expect(await guest.hostCall(listServices, [filters], grants)).toEqual({ thrown: 'invalid-input' });
    }
    expect(host.take()).toEqual([]);
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

describe('ui-proxy', () => {
  const callRoute: HostFunction = ['ui-proxy', 'callRoute'];
  const grants = { grants: ['cap:ui.proxy'] };
  const envelope = (values: object): object => ({
    secretEnvelope: { ciphertextB64: Buffer.from(JSON.stringify(values)).toString('base64') },
  });

  test('GET without a payload, POST of JSON with one; headers say who asks', async () => {
    const user = {
      userId: 'u',
      userEmail: 'u@example.com',
      userName: 'n',
      userType: 'internal',
      clientName: '',
      additionalFields: {},
    };
    const answer = { body: 'the bytes' };
    const overrides = { ...grants, user, ...envelope({ api_key: 'k3y', other: 'x' }) };
    expect(await answered(callRoute, ['/a b//c?q=1&r=%2F'], answer, overrides)).toEqual({
      ok: { $bytes: 'the bytes' },
    });
    const payload = { $bytes: '{"p":1}' };
    await answered(callRoute, [' api/v1/things ', payload], answer, { ...grants, requestId: undefined });
    const [get, post] = host.take();
    expect(get).toMatchObject({
      method: 'GET',
      url: '/proxy/base/extension-1/a%20b/c?q=1&r=%2F',
      body: '',
      headers: {
        'x-request-id': 'request-1',
        'x-alga-tenant': 'tenant-1',
        'x-alga-extension': 'extension-1',
        'x-ext-install-id': 'install-1',
        'x-ext-version-id': 'version-1',
        'x-api-key': 'k3y',
        'x-user-id': 'u',
        'x-user-email': 'u@example.com',
      },
    });
    expect(get?.headers).not.toHaveProperty('content-type');
    expect(post).toMatchObject({
      method: 'POST',
      url: '/proxy/base/api/v1/things',
      body: '{"p":1}',
      headers: { 'x-request-id': 'ui-proxy-call', 'content-type': 'application/json' },
    });
    expect(post?.headers).not.toHaveProperty('x-api-key');
    expect(post?.headers).not.toHaveProperty('x-user-id');
  });

  test('routes cannot climb, not even encoded', async () => {
    for (const route of ['', '  ', '/a/../b', '..', './x']) {
      expect(await guest.hostCall(callRoute, [route], grants)).toEqual({ thrown: 'bad-request' });
    }
    expect(host.take()).toEqual([]);
    await answered(callRoute, ['/%2e%2e/secret'], { body: 'x' }, grants);
    expect(host.take()[0]?.url).toBe('/proxy/base/extension-1/%252e%252e/secret');
  });

  test.each([
    [400, 'bad-request'],
    [401, 'denied'],
    [403, 'denied'],
    [404, 'route-not-found'],
    [409, 'bad-request'],
    [418, 'bad-request'],
    [429, 'denied'],
    [500, 'internal'],
  ])('a status of %i is the error %s', async (status, error) => {
    expect(await answered(callRoute, ['/r'], { status }, grants)).toEqual({ thrown: error });
  });

  test('no answer in time, none at all, or no proxy', async () => {
    expect(await answered(callRoute, ['/r'], 'hang', grants)).toEqual({ thrown: 'internal' });
    expect(await answered(callRoute, ['/r'], 'reset', grants)).toEqual({ thrown: 'internal' });
  });
});
