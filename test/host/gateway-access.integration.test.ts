import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { addEmbeddedTenant } from '../../src/registry/index.js';
import { startTestServer, type TestServer } from '../registry/support/database.js';
import { publication } from '../registry/support/publication.js';
import { eventually } from './support/eventually.js';
import { startTestHost, TEST_MANIFEST, type TestHost } from './support/test-host.js';

let server: TestServer;
let it: TestHost;

beforeAll(async () => {
  server = await startTestServer();
  it = await startTestHost(server);
});
afterAll(async () => {
  await it?.stop();
  await server?.stop();
});
afterEach(() => {
  it.runner.seen.length = 0;
});

type Init = RequestInit & { as?: string; id?: string };
const call = (route: string, path: string, { as, id, ...init }: Init = {}): Promise<Response> => {
  const headers = new Headers(init.headers);
  if (as) headers.set('x-alga-dev-user', as);
  return fetch(`${it.host.origin}/api/${route}/${id ?? it.rows.registryId}${path}`, { ...init, headers });
};
const httpSeen = () => it.runner.seen.at(-1)?.body.http;
const statusAndBody = async (answer: Response): Promise<[number, unknown]> => [
  answer.status,
  await answer.json(),
];
const setEndpoints = (endpoints: unknown): Promise<unknown> =>
  it.database.query('UPDATE extension_version SET api_endpoints = $2::jsonb WHERE id = $1', [
    it.rows.versionId,
    JSON.stringify(endpoints),
  ]);

describe.each(['ext', 'ext-proxy'])('/api/%s', (route) => {
  describe('ids that are no UUID of version 1 to 5 are slugs, and not found', () => {
    test.each([
      ['version 6', (id: string) => id.replace(/^(.{14})./, '$16')],
      ['version 0', (id: string) => id.replace(/^(.{14})./, '$10')],
      ['a wrong variant', (id: string) => id.replace(/^(.{19})./, '$1c')],
      ['a digit too few', (id: string) => id.slice(0, -1)],
    ])('%s', async (_name, change) => {
      const answer = await call(route, '/hello', { id: change(it.rows.registryId) });
      expect(await statusAndBody(answer)).toEqual([404, { error: 'extension_not_available' }]);
    });
  });

  test('needs no x-api-key', async () => {
    expect((await call(route, '/hello')).status).toBe(200);
  });

  test('a tenant header that is equal is taken, in both spellings of the header', async () => {
    for (const name of ['x-alga-tenant', 'x-tenant-id']) {
      expect((await call(route, '/hello', { headers: { [name]: it.database.tenantId } })).status).toBe(200);
    }
  });

  test('a tenant of another product is refused with the product’s code', async () => {
    const { tenantId } = await addEmbeddedTenant({
      connectionString: it.database.connectionString,
      name: `Desk ${route}`,
      productCode: 'algadesk',
    });
    const answer = await call(route, '/hello', { headers: { 'x-alga-dev-tenant': tenantId } });
    expect(await statusAndBody(answer)).toEqual([
      403,
      {
        error: {
          code: 'PRODUCT_ACCESS_DENIED',
          message: expect.any(String),
          details: { capability: 'extensions', productCode: 'algadesk' },
        },
      },
    ]);
    expect(it.runner.seen).toHaveLength(0);
  });

  describe('the first rule that is broken answers', () => {
    const other = { 'x-alga-tenant': 'other' };
    test.each<[string, string, Init, number, string]>([
      [
        'signed out before a foreign tenant',
        '/hello',
        { as: 'signed-out', headers: other },
        401,
        'Unauthorized',
      ],
      [
        'a foreign tenant before the install',
        '/hello',
        { id: 'no.body', headers: other },
        403,
        'tenant_mismatch',
      ],
      ['the install before the endpoint', '/nope', { id: 'no.body' }, 404, 'extension_not_available'],
      [
        'the install before the rights',
        '/hello',
        { id: 'no.body', as: 'newcomer' },
        404,
        'extension_not_available',
      ],
      ['the endpoint before the rights', '/nope', { as: 'newcomer' }, 404, 'endpoint_not_found'],
      ['the endpoint before the portal’s rules', '/nope', { as: 'sam' }, 404, 'endpoint_not_found'],
    ])('%s', async (_name, path, init, status, error) => {
      expect(await statusAndBody(await call(route, path, init))).toEqual([status, { error }]);
    });
  });

  describe('read is needed for GET and HEAD, write for all other methods', () => {
    test.each([
      ['GET', 200, 200, 403],
      ['HEAD', 200, 200, 403],
      ['POST', 200, 403, 403],
      ['PUT', 200, 403, 403],
      ['PATCH', 200, 403, 403],
      ['DELETE', 200, 403, 403],
    ])('%s: admin %i, reader %i, without rights %i', async (method, ...expected) => {
      const statuses = ['admin', 'tech', 'newcomer'].map(
        async (as) => (await call(route, '/hello', { method, as })).status,
      );
      expect(await Promise.all(statuses)).toEqual(expected);
    });
  });

  test('HEAD has an empty body and, like a write, a key of its own', async () => {
    await call(route, '/hello', { method: 'HEAD', headers: { 'x-idempotency-key': 'head-key' } });
    const seen = it.runner.seen.at(-1);
    expect(seen?.body.http).toMatchObject({ method: 'HEAD', body_b64: '' });
    const keys = { ext: seen?.headers, 'ext-proxy': seen?.body.http.headers }[route];
    expect(keys).toMatchObject({ 'x-idempotency-key': 'head-key' });
  });

  test('OPTIONS asks for no session', async () => {
    expect((await call(route, '/hello', { method: 'OPTIONS', as: 'signed-out' })).status).toBe(204);
  });

  test('a request id is made up when the caller has none, and is never an empty text', async () => {
    await call(route, '/hello', { headers: { 'x-request-id': '' } });
    expect(it.runner.seen.at(-1)?.body.context.request_id).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('the runner is asked once, whatever it answers', async () => {
    it.runner.transport = (res) => void res.writeHead(503).end('busy');
    await call(route, '/hello');
    it.runner.transport = undefined;
    expect(it.runner.seen).toHaveLength(1);
  });

  test('more of the same query key: the last value wins; an encoded path goes on as it is', async () => {
    await call(route, '/items/a%20b?k=1&k=&k=2&empty=');
    expect(httpSeen().query).toEqual({ k: '2', empty: '' });
    expect(httpSeen().path).toMatch(/^\/items\/a(%20| )b$/);
  });
});

describe('which declared endpoint a call meets', () => {
  const endpoint = (method: string, path: string, handler = 'dist/main') => ({ method, path, handler });
  const template = async (): Promise<unknown> => {
    const rows = await it.database.query(
      `SELECT metrics->>'endpoint_template' AS t FROM extension_execution_log ORDER BY started_at DESC LIMIT 1`,
    );
    return rows[0]?.t;
  };

  test.each([
    [
      'the first that fits, not the closest',
      [endpoint('GET', '/a/:x'), endpoint('GET', '/a/b')],
      '/a/b',
      '/a/:x',
    ],
    ['one without the leading slash', [endpoint('GET', 'a/b')], '/a/b', 'a/b'],
    ['one with slashes at its end', [endpoint('GET', '/a/')], '/a', '/a/'],
    ['one whose method is in small letters', [endpoint('get', '/a')], '/a', '/a'],
  ])('%s', async (_name, endpoints, path, expected) => {
    await setEndpoints(endpoints);
    expect((await call('ext', path)).status).toBe(200);
    await eventually(template).toBe(expected);
  });

  test.each([
    ['a method that does not exist', [endpoint('FETCH', '/a')]],
    ['an empty path', [endpoint('GET', '')]],
    ['an empty handler', [endpoint('GET', '/a', '')]],
    ['a wildcard', [endpoint('GET', '/*')]],
    ['another number of segments', [endpoint('GET', '/a/:x')]],
    ['no endpoints at all', []],
    ['something that is no list', { GET: '/a' }],
  ])('none, for %s', async (_name, endpoints) => {
    await setEndpoints(endpoints);
    expect(await statusAndBody(await call('ext', '/a'))).toEqual([404, { error: 'endpoint_not_found' }]);
  });

  test('an entry that cannot be read is skipped, and the next one is met', async () => {
    await setEndpoints([null, 7, endpoint('', '/a'), endpoint('GET', '/a')]);
    expect((await call('ext', '/a')).status).toBe(200);
    await setEndpoints(TEST_MANIFEST.api?.endpoints);
  });
});

describe('the tenants of one database', () => {
  test('each has its own install; a slug finds the own one', async () => {
    const { tenantId } = await addEmbeddedTenant({
      connectionString: it.database.connectionString,
      name: 'Third',
    });
    const rows = await it.registry.publish(publication(tenantId, 'third', TEST_MANIFEST));
    const headers = { 'x-alga-dev-tenant': tenantId };
    await call('ext', '/hello', { id: 'example.com.example.demo', headers });
    expect(it.runner.seen.at(-1)?.body.context).toMatchObject({
      tenant_id: tenantId,
      install_id: rows.installId,
    });
    const foreign = await call('ext', '/hello', { id: it.rows.installId, headers });
    expect(await statusAndBody(foreign)).toEqual([404, { error: 'extension_not_available' }]);
  });
});
