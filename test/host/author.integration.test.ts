import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../registry/support/database.js';
import { hashOf, publication } from '../registry/support/publication.js';
import { startTestHost, TEST_MANIFEST, type TestHost } from './support/test-host.js';

let server: TestServer;
let it: TestHost;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());
beforeEach(async () => {
  it = await startTestHost(server);
  return () => it.stop();
});

const api = async (
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<[status: number, body: unknown]> => {
  const answer = await fetch(`${it.host.origin}/__alga/api${path}`, {
    method,
    headers: { 'x-alga-token': it.tokens.session, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return [answer.status, await answer.json()];
};
const own = (path: string): string => `/extensions/${it.rows.registryId}${path}`;

describe('changing and reading needs the token', () => {
  const routes: [string, string][] = [
    ['GET', '/requests'],
    ['GET', '/extensions/x/storage/namespaces'],
    ['GET', '/extensions/x/secrets'],
    ['PUT', '/extensions/x/secrets'],
    ['DELETE', '/extensions/x'],
    ['POST', '/installs'],
    ['GET', '/installs'],
    ['GET', '/records/clients'],
    ['PUT', '/records/services'],
  ];

  test('no route answers without it', async () => {
    for (const [method, path] of routes) {
      for (const token of ['', 'wrong', it.tokens.serviceToken]) {
        const [status] = await api(method, path, undefined, { 'x-alga-token': token });
        expect([method, path, status]).toEqual([method, path, 401]);
      }
    }
  });

  test('a body that a form could send is not taken', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', '']) {
      const [status] = await api('PUT', own('/secrets'), { name: 'a', value: 'b' }, { 'content-type': type });
      expect(status).toBe(415);
    }
    expect(await api('GET', own('/secrets'))).toEqual([200, { names: [], readable: true }]);
  });
});

test('secrets go in, are used, and never come out', async () => {
  expect(await api('PUT', own('/secrets'), { name: 'API_KEY', value: 'canary-1' })).toEqual([200, {}]);
  expect((await api('PUT', own('/secrets'), { name: 'API_KEY', value: '' }))[0]).toBe(400);
  expect(await api('GET', own('/secrets'))).toEqual([200, { names: ['API_KEY'], readable: true }]);
  await fetch(`${it.host.origin}/api/ext/${it.rows.registryId}/hello`);
  const sealed = it.runner.seen[0]?.body.secret_envelope.ciphertext_b64;
  expect(Buffer.from(sealed, 'base64').toString()).toContain('canary-1');
  expect(JSON.stringify(it.seen.onRequest) + JSON.stringify(await api('GET', '/requests'))).not.toContain(
    sealed,
  );
  await api('DELETE', own('/secrets'), { name: 'API_KEY' });
  expect(await api('GET', own('/secrets'))).toEqual([200, { names: [], readable: true }]);
});

test('configuration is written and reaches the next call', async () => {
  await api('PUT', own('/config'), { config: { color: 'red' } });
  expect(await api('GET', own('/config'))).toEqual([200, { config: { color: 'red' } }]);
  await fetch(`${it.host.origin}/api/ext/${it.rows.registryId}/hello`);
  expect(it.runner.seen[0]?.body.context.config).toEqual({ color: 'red' });
  expect((await api('PUT', own('/config'), { config: { a: 1 } }))[0]).toBe(400);
});

test('storage shows what guests put, as they see it, and takes changes', async () => {
  const put = (key: string, value: string, encoding?: string) =>
    it.registry.services.storage.put(it.rows.installId, {
      namespace: 'n',
      key,
      value,
      ...(encoding ? { metadata: { encoding } } : {}),
    });
  await put('text', Buffer.from('grüße').toString('base64'), 'base64-bytes');
  await put('bytes', Buffer.from([0, 255]).toString('base64'), 'base64-bytes');
  await put('json', 'as it is');
  expect(await api('GET', own('/storage/namespaces'))).toEqual([
    200,
    { namespaces: [{ namespace: 'n', keys: 3 }] },
  ]);
  const [, page] = await api('GET', own('/storage/records?namespace=n'));
  expect(page).toMatchObject({
    records: [
      { key: 'bytes', value: { kind: 'bytes', text: 'AP8=' } },
      { key: 'json', value: { kind: 'json', text: '"as it is"' } },
      { key: 'text', value: { kind: 'text', text: 'grüße' }, revision: 1 },
    ],
    nextCursor: null,
  });
  const change = { namespace: 'n', key: 'text', text: 'neu', revision: 1 };
  expect((await api('PUT', own('/storage/records'), change))[0]).toBe(200);
  expect((await api('PUT', own('/storage/records'), change))[0]).toBe(409);
  expect(await api('DELETE', own('/storage/records'), { namespace: 'n', key: 'text' })).toEqual([
    200,
    { success: true },
  ]);
  expect((await api('GET', own('/storage/records')))[0]).toBe(400);
  for (const namespace of ['n', 'm']) {
    await it.registry.services.storage.put(it.rows.installId, { namespace, key: 'more', value: 1 });
  }
  expect(await api('DELETE', own('/storage'))).toEqual([200, { removed: 4 }]);
  expect(await api('GET', own('/storage/namespaces'))).toEqual([200, { namespaces: [] }]);
});

test('a schedule is made, run by hand as the product runs it, switched off, deleted', async () => {
  it.runner.guest = () => ({ status: 200, body: 'ran' });
  const [created, { scheduleId }] = (await api('POST', own('/schedules'), {
    endpoint: 'POST /hello',
    cron: '0 3 * * *',
    timezone: 'Europe/Berlin',
    name: 'nightly',
    payload: { a: 1 },
  })) as [number, { scheduleId: string }];
  expect(created).toBe(200);
  const [, list] = await api('GET', own('/schedules'));
  expect(list).toMatchObject({
    schedules: [{ id: scheduleId, name: 'nightly', endpoint: 'POST /hello', nextRun: expect.any(String) }],
    endpoints: expect.arrayContaining(['GET /hello', 'POST /hello']),
  });
  expect(await api('POST', own(`/schedules/${scheduleId}/run`), {})).toEqual([200, { status: 'success' }]);
  const { body } = it.runner.seen[0] ?? {};
  expect(body.context).toMatchObject({
    trigger: 'schedule',
    schedule_id: scheduleId,
    install_id: it.rows.installId,
  });
  expect(body.http).toEqual({
    method: 'POST',
    path: '/hello',
    headers: { 'x-alga-tenant': it.database.tenantId, 'x-alga-extension': it.rows.registryId },
    body_b64: Buffer.from('{"a":1}').toString('base64'),
  });
  expect(body).not.toHaveProperty('user');
  expect(await it.database.query('SELECT * FROM extension_execution_log')).toEqual([]);
  expect(it.seen.onRequest).toMatchObject([{ origin: 'schedule', status: 200, path: '/hello' }]);
  await api('PATCH', own(`/schedules/${scheduleId}`), { enabled: false });
  expect(await api('GET', own('/schedules'))).toMatchObject([
    200,
    { schedules: [{ enabled: false, nextRun: null, lastRunStatus: 'success' }] },
  ]);
  await api('DELETE', own(`/schedules/${scheduleId}`), {});
  expect(await api('GET', own('/schedules'))).toMatchObject([200, { schedules: [] }]);
  expect((await api('POST', own('/schedules'), { endpoint: '/hello', cron: '* * * * *' }))[0]).toBe(400);
});

test('a run that fails is tried three times and noted; a GET without payload has no body', async () => {
  it.runner.guest = () => ({ status: 500, error: 'execute_failed: boom' });
  const [, { scheduleId }] = (await api('POST', own('/schedules'), {
    endpoint: 'GET /hello',
    cron: '0 3 * * *',
  })) as [number, { scheduleId: string }];
  const answer = await api('POST', own(`/schedules/${scheduleId}/run`), {});
  expect(answer).toMatchObject([200, { status: 'error', error: expect.stringContaining('boom') }]);
  expect(it.runner.seen).toHaveLength(3);
  expect(it.runner.seen[0]?.body.http).not.toHaveProperty('body_b64');
  expect(await api('GET', own('/schedules'))).toMatchObject([
    200,
    { schedules: [{ lastRunStatus: 'error', lastError: expect.stringContaining('boom') }] },
  ]);
  expect((await api('POST', own('/schedules/0b0b0204-25d9-57d0-951b-3ed518145469/run'), {}))[0]).toBe(404);
});

test('versions are listed, the active one first', async () => {
  await it.registry.publish(publication(it.database.tenantId, 'second', TEST_MANIFEST));
  expect(await api('GET', own('/versions'))).toMatchObject([
    200,
    {
      version: '1.0.0',
      bundles: [
        { contentHash: hashOf('second'), active: true },
        { contentHash: hashOf('first'), active: false },
      ],
    },
  ]);
});

test('installs are listed, switched, granted and removed', async () => {
  const entry = {
    registryId: it.rows.registryId,
    extension: 'Example/com.example.demo',
    displayName: 'Demo',
    version: '1.0.0',
    enabled: true,
    inSession: true,
  };
  expect(await api('GET', '/installs')).toMatchObject([200, { installs: [entry] }]);
  await api('PATCH', own('/enabled'), { enabled: false });
  await api('PUT', own('/capabilities'), { capabilities: ['cap:http.fetch'] });
  expect(await api('GET', '/installs')).toMatchObject([
    200,
    { installs: [{ enabled: false, granted: ['cap:http.fetch'] }] },
  ]);
  expect((await api('DELETE', own('')))[0]).toBe(409);
  it.host.removeExtension(it.rows.registryId);
  expect(await api('DELETE', own(''))).toEqual([200, {}]);
  expect(await api('GET', '/installs')).toMatchObject([200, { installs: [] }]);
});

test('a version that is published is installed; one that is not, or is being developed, is refused', async () => {
  const { registryId, version } = await it.registry.publishRelease({
    ...publication(it.database.tenantId, 'other', { name: 'com.example.other' }),
  });
  expect(await api('POST', '/installs', { registryId, version })).toEqual([
    200,
    { installId: expect.any(String) },
  ]);
  expect((await api('GET', '/installs'))[1]).toMatchObject({
    installs: [{ inSession: true }, { registryId, version, enabled: true }],
  });
  expect((await api('POST', '/installs', { registryId, version: '7.7.7' }))[0]).toBe(400);
  expect((await api('POST', '/installs', { registryId: it.rows.registryId, version }))[0]).toBe(409);
});

test('what is not installed for the tenant is 404', async () => {
  const [status, body] = await api('GET', '/extensions/0b0b0204-25d9-57d0-951b-3ed518145469/secrets');
  expect([status, body]).toEqual([404, { error: expect.stringContaining('not installed') }]);
});

describe('clients and services of the tenant', () => {
  const asGuest = async (service: string, input: object = {}) => {
    const path = `/api/internal/${service}/install/${it.rows.installId}`;
    const answer = await fetch(`${it.host.origin}${path}`, {
      method: 'POST',
      headers: { 'x-runner-auth': it.tokens.serviceToken, 'content-type': 'application/json' },
      body: JSON.stringify({ operation: 'list', input }),
    });
    return ((await answer.json()) as { items: Record<string, unknown>[] }).items;
  };
  const list = async (what: string) =>
    ((await api('GET', `/records/${what}`))[1] as Record<string, { id: string; name: string }[]>)[what] ?? [];

  beforeEach(async () => {
    const { tenantId } = it.database;
    const capabilities = ['cap:client.read', 'cap:service.read'];
    await it.registry.publish(publication(tenantId, 'reads', { ...TEST_MANIFEST, capabilities }));
  });

  test('a client is changed and added, and extensions read it so', async () => {
    const emerald = (await list('clients')).find(({ name }) => name === 'Emerald City');
    const changed = { ...emerald, name: 'Ruby City', isInactive: true };
    expect(await api('PUT', '/records/clients', changed)).toEqual([200, {}]);
    const added = { name: 'New one', type: null, isInactive: false, currency: 'CHF', billingEmail: null };
    expect(await api('PUT', '/records/clients', added)).toEqual([200, {}]);
    const seen = await asGuest('ext-clients', { includeInactive: true });
    expect(seen.find(({ clientId }) => clientId === emerald?.id)).toMatchObject({
      clientName: 'Ruby City',
      isInactive: true,
    });
    expect(seen.find(({ clientName }) => clientName === 'New one')).toMatchObject({
      defaultCurrencyCode: 'CHF',
      clientType: null,
    });
  });

  test('a service is changed and added, and extensions read it so', async () => {
    const hour = (await list('services')).find(({ name }) => name === 'Engineering Hour');
    expect(await api('PUT', '/records/services', { ...hour, rate: 99 })).toEqual([200, {}]);
    const { id: _id, ...another } = { ...hour, name: 'Night hour', sku: 'N-1' };
    expect(await api('PUT', '/records/services', another)).toEqual([200, {}]);
    const seen = await asGuest('ext-services');
    expect(seen.find(({ serviceId }) => serviceId === hour?.id)).toMatchObject({ defaultRate: 99 });
    expect(seen.find(({ sku }) => sku === 'N-1')).toMatchObject({ serviceName: 'Night hour' });
  });

  test.each([
    ['clients', { currency: 'dollars' }, 400],
    ['clients', { id: '11111111-1111-4111-8111-111111111111' }, 404],
    ['services', { rate: -1 }, 400],
    ['services', { billingMethod: 'barter' }, 400],
    ['services', { extra: 1 }, 400],
  ])('%s with %j: %i', async (what, change, expected) => {
    const [one] = await list(what);
    expect((await api('PUT', `/records/${what}`, { ...one, ...change }))[0]).toBe(expected);
  });
});
