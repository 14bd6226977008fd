import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../registry/support/database.js';
import { hashOf } from '../registry/support/publication.js';
import { startTestHost, type TestHost } from './support/test-host.js';

let server: TestServer;
let it: TestHost;

beforeAll(async () => {
  server = await startTestServer();
  it = await startTestHost(server, {
    manifest: {
      capabilities: [
        'cap:storage.kv',
        'cap:scheduler.manage',
        'cap:client.read',
        'cap:service.read',
        'cap:invoice.manual.create',
      ],
    },
  });
});
afterAll(async () => {
  await it?.stop();
  await server?.stop();
});

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${it.host.origin}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const service = (name: string, body: unknown, install: string = it.rows.installId): Promise<Response> =>
  post(`/api/internal/${name}/install/${install}`, body, { 'x-runner-auth': it.tokens.serviceToken });
const statusAndBody = async (answer: Response): Promise<[number, unknown]> => [
  answer.status,
  await answer.json(),
];

describe('what the runner asks to resolve installs', () => {
  const ask = (path: string, key: string | undefined = it.tokens.authKey) =>
    fetch(`${it.host.origin}/api/installs/${path}`, key ? { headers: { 'x-api-key': key } } : {});

  test('validate says yes to a hash of the installed version, with and without prefix, and no to all else', async () => {
    const query = (tenant: string, extension: string, hash: string) =>
      new URLSearchParams({ tenant, extension, hash }).toString();
    const { tenantId } = it.database;
    const { registryId } = it.rows;
    const cases: [string, boolean][] = [
      [query(tenantId, registryId, hashOf('first')), true],
      [query(tenantId, registryId, hashOf('first').slice(7).toUpperCase()), true],
      [query(tenantId, registryId, hashOf('other')), false],
      [query('nobody', registryId, hashOf('first')), false],
      [query(tenantId, registryId, ''), false],
      ['', false],
    ];
    for (const [search, valid] of cases) {
      const answer = await ask(`validate?${search}`);
      expect([search, answer.status, await answer.json()]).toEqual([search, 200, { valid }]);
    }
  });

  test('lookup-by-host finds an install by its domain, whatever the port and the letters', async () => {
    await it.database.query('UPDATE tenant_extension_install SET runner_domain = $1', ['t-e.apps.example']);
    const found = await ask('lookup-by-host?host=T-E.apps.example:443&ts=1');
    expect(await statusAndBody(found)).toEqual([
      200,
      {
        tenant_id: it.database.tenantId,
        extension_id: it.rows.registryId,
        content_hash: hashOf('first'),
      },
    ]);
    expect(await statusAndBody(await ask('lookup-by-host'))).toEqual([400, { error: 'missing_host' }]);
    expect(await statusAndBody(await ask('lookup-by-host?host=x'))).toEqual([404, { error: 'not_found' }]);
  });

  test.each(['', 'wrong'])('the key %j is refused', async (key) => {
    expect((await ask('validate', key)).status).toBe(401);
  });
});

describe('services for guests', () => {
  test('the token is asked for first, in the words of each service', async () => {
    const bodies = {
      'ext-storage': { code: 'UNAUTHORIZED', details: null },
      'ext-scheduler': { code: 'UNAUTHORIZED', details: null },
      'ext-invoicing': { code: 'UNAUTHORIZED' },
      'ext-clients': { code: 'UNAUTHORIZED' },
      'ext-services': { code: 'UNAUTHORIZED' },
    };
    for (const [name, body] of Object.entries(bodies)) {
      for (const token of [undefined, '', 'wrong', it.tokens.authKey]) {
        const headers: Record<string, string> = token === undefined ? {} : { 'x-runner-auth': token };
        const answer = await post(`/api/internal/${name}/install/${it.rows.installId}`, {}, headers);
        expect(await statusAndBody(answer)).toEqual([401, { error: 'Unauthorized', ...body }]);
      }
    }
  });

  test.each([
    ['ext-storage', 500, { error: 'Internal error', code: 'INTERNAL_ERROR' }],
    ['ext-scheduler', 400, { code: 'VALIDATION_FAILED' }],
    ['ext-invoicing', 400, { error: 'Unsupported operation' }],
    ['ext-clients', 400, { code: 'INVALID_INPUT' }],
    ['ext-services', 400, { code: 'INVALID_INPUT' }],
  ])('%s answers bad JSON with %i', async (name, status, body) => {
    const answer = await service(name, '{');
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject(body);
  });

  test.each([
    ['ext-storage', { error: 'Validation error' }],
    ['ext-scheduler', { error: 'Validation error' }],
    ['ext-invoicing', { error: 'Unsupported operation' }],
    ['ext-clients', { code: 'INVALID_INPUT' }],
    ['ext-services', { code: 'INVALID_INPUT' }],
  ])('%s refuses an operation it does not have', async (name, body) => {
    for (const operation of ['nope', 'toString', undefined]) {
      const answer = await service(name, { operation });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject(body);
    }
  });

  test('a service that does not exist is 404', async () => {
    expect((await service('ext-nothing', {})).status).toBe(404);
  });

  test('storage: put, get, list, bulk, delete; a missing key is 404, an old revision 409', async () => {
    const storage = (body: Record<string, unknown>) => service('ext-storage', { namespace: 'n', ...body });
    expect(await statusAndBody(await storage({ operation: 'put', key: 'a', value: { x: 1 } }))).toMatchObject(
      [200, { namespace: 'n', key: 'a', revision: 1 }],
    );
    expect(await statusAndBody(await storage({ operation: 'get', key: 'a' }))).toMatchObject([
      200,
      { value: { x: 1 } },
    ]);
    expect((await storage({ operation: 'get', key: 'b' })).status).toBe(404);
    expect((await storage({ operation: 'put', key: 'a', value: 2, ifRevision: 7 })).status).toBe(409);
    const items = [
      { key: 'b', value: 1 },
      { key: 'c', value: 2 },
    ];
    expect((await storage({ operation: 'bulkPut', items })).status).toBe(200);
    expect(await statusAndBody(await storage({ operation: 'list', limit: 2 }))).toMatchObject([
      200,
      { items: [{ key: 'a' }, { key: 'b' }], nextCursor: expect.any(String) },
    ]);
    expect(await statusAndBody(await storage({ operation: 'delete', key: 'z' }))).toEqual([
      200,
      { success: false },
    ]);
  });

  test('scheduler: create answers 201, a fault 400 by field', async () => {
    const scheduler = (body: Record<string, unknown>) => service('ext-scheduler', body);
    const created = await scheduler({ operation: 'create', endpoint: 'GET /hello', cron: '0 3 * * *' });
    expect(await statusAndBody(created)).toMatchObject([
      201,
      { success: true, scheduleId: expect.any(String) },
    ]);
    const refused = await scheduler({ operation: 'create', endpoint: '/hello', cron: '* * * * *' });
    expect(await statusAndBody(refused)).toMatchObject([
      400,
      { success: false, fieldErrors: { cron: expect.any(String) } },
    ]);
  });

  test('clients, services and invoicing work on the tenant’s data', async () => {
    const clients = (await (await service('ext-clients', { operation: 'list' })).json()) as {
      items: { clientId: string }[];
    };
    const services = (await (await service('ext-services', { operation: 'list', input: null })).json()) as {
      items: { serviceId: string }[];
    };
    expect(clients.items.length).toBeGreaterThan(1);
    const invoice = await service('ext-invoicing', {
      operation: 'createManualInvoice',
      clientId: clients.items[0]?.clientId,
      items: [{ serviceId: services.items[0]?.serviceId, description: 'Work', quantity: 2, rate: 150 }],
    });
    expect(await statusAndBody(invoice)).toMatchObject([
      201,
      { success: true, invoice: { status: 'draft', total: 300 } },
    ]);
  });

  test('a call is shown with the request it was made for, with the text the guest does not see', async () => {
    it.runner.guest = async () => {
      await service('ext-storage', { operation: 'get', namespace: 'n', key: 'missing' });
      return { body: 'done' };
    };
    await fetch(`${it.host.origin}/api/ext/${it.rows.registryId}/hello`);
    expect(it.seen.onRequest.at(-1)?.hostCalls).toEqual([
      expect.objectContaining({
        service: 'ext-storage',
        operation: 'get',
        status: 404,
        error: 'Record not found',
      }),
    ]);
  });
});

describe('install-config', () => {
  const path = '/api/internal/ext-runner/install-config';
  const auth = () => ({ 'x-runner-auth': it.tokens.serviceToken });

  test('gives everything an execution needs', async () => {
    const asked = { tenantId: it.database.tenantId, extensionId: 'EXAMPLE.com.example.demo' };
    expect(await statusAndBody(await post(path, asked, auth()))).toMatchObject([
      200,
      {
        tenantId: it.database.tenantId,
        extensionSlug: 'Example.com.example.demo',
        installId: it.rows.installId,
        versionId: it.rows.versionId,
        registryId: it.rows.registryId,
        contentHash: hashOf('first'),
        config: {},
        secretEnvelope: null,
      },
    ]);
  });

  test('refuses in the product’s words', async () => {
    const unknown = { tenantId: it.database.tenantId, extensionId: 'x.y' };
    expect(await statusAndBody(await post(path, unknown, auth()))).toEqual([
      404,
      { error: 'install_not_found' },
    ]);
    expect(await statusAndBody(await post(path, {}, auth()))).toMatchObject([
      400,
      { error: 'invalid_request' },
    ]);
    expect(await statusAndBody(await post(path, '{', auth()))).toEqual([500, { error: 'internal_error' }]);
    expect(await statusAndBody(await post(path, unknown))).toEqual([401, { error: 'unauthorized' }]);
  });
});

describe('what guests say', () => {
  const events = (list: unknown[], token = it.tokens.serviceToken) =>
    post('/__alga/debug-events', { events: list }, { 'x-runner-auth': token });
  const event = (message: string, more: Record<string, unknown> = {}) => ({
    ts: 1_700_000_000_000,
    level: 'warn',
    stream: 'log',
    tenantId: it.database.tenantId,
    extensionId: it.rows.registryId,
    installId: it.rows.installId,
    message,
    truncated: false,
    ...more,
  });
  const stream = (query: Record<string, string>, init: RequestInit = {}) =>
    fetch(`${it.host.origin}/api/ext-debug/stream?${new URLSearchParams(query)}`, init);

  test('a batch of the runner reaches the session and the request it belongs to', async () => {
    await fetch(`${it.host.origin}/api/ext/${it.rows.registryId}/hello`, {
      headers: { 'x-request-id': 'speaks' },
    });
    expect((await events([event('hello\n', { requestId: 'speaks' }), { nonsense: true }])).status).toBe(204);
    const log = {
      extension: 'Example/com.example.demo',
      registryId: it.rows.registryId,
      requestId: 'speaks',
      level: 'warn',
      stream: 'log',
      message: 'hello',
      at: '2023-11-14T22:13:20.000Z',
    };
    expect(it.seen.onGuestLog.at(-1)).toMatchObject(log);
    expect(it.host.recentRequests().find(({ requestId }) => requestId === 'speaks')?.logs).toMatchObject([
      log,
    ]);
  });

  test('without the token nothing is taken', async () => {
    const before = it.seen.onGuestLog.length;
    expect((await events([event('x')], 'wrong')).status).toBe(401);
    expect(it.seen.onGuestLog).toHaveLength(before);
  });

  test('a follower gets the latest lines, then each new one, in the product’s form', async () => {
    await events([event('one', { requestId: 'R-1' })]);
    const stop = new AbortController();
    const answer = await stream(
      { extensionId: it.rows.registryId, requestId: 'r-1' },
      { signal: stop.signal },
    );
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    const reader = answer.body?.getReader();
    const read = async (): Promise<string> => Buffer.from((await reader?.read())?.value ?? []).toString();
    expect(JSON.parse((await read()).slice('data: '.length))).toEqual({
      ts: '1700000000000',
      level: 'warn',
      stream: 'log',
      tenantId: it.database.tenantId,
      extensionId: it.rows.registryId,
      installId: it.rows.installId,
      requestId: 'R-1',
      message: 'one',
      truncated: false,
    });
    await events([event('not this request', { requestId: 'R-2' }), event('two', { requestId: 'R-1' })]);
    expect(await read()).toContain('"two"');
    stop.abort();
  });

  test('polling goes on where it ended', async () => {
    const poll = async (lastId?: string) => {
      const answer = await stream(
        { extensionId: it.rows.registryId },
        { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ lastId }) },
      );
      return (await answer.json()) as { events: { message: string }[]; lastId: string };
    };
    const first = await poll();
    expect(first.events.length).toBeGreaterThan(0);
    await events([event('three')]);
    expect((await poll(first.lastId)).events.map(({ message }) => message)).toEqual(['three']);
  });

  test('needs an extension and the right to read', async () => {
    const as = (user: string) => ({ headers: { 'x-alga-dev-user': user } });
    expect(await statusAndBody(await stream({}))).toEqual([400, { error: 'extensionId is required' }]);
    expect(await statusAndBody(await stream({}, as('newcomer')))).toEqual([403, { error: 'Forbidden' }]);
    expect(await statusAndBody(await stream({}, as('signed-out')))).toEqual([401, { error: 'Unauthorized' }]);
  });
});
