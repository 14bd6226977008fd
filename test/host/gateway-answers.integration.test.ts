import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../registry/support/database.js';
import { hashOf } from '../registry/support/publication.js';
import { eventually } from './support/eventually.js';
import { startTestHost, type TestHost } from './support/test-host.js';

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
  it.runner.transport = undefined;
  it.runner.guest = () => ({ body: 'ok' });
});

type Init = RequestInit & { as?: string };
const callOf = (
  host: TestHost,
  route: string,
  path: string,
  { as, ...init }: Init = {},
): Promise<Response> => {
  const headers = new Headers(init.headers);
  if (as) headers.set('x-alga-dev-user', as);
  return fetch(`${host.host.origin}/api/${route}/${host.rows.registryId}${path}`, { ...init, headers });
};
const call = (route: string, path = '/hello', init: Init = {}) => callOf(it, route, path, init);
const guestSaw = () => it.runner.seen.at(-1)?.body;
const logRow = async (requestId: string) =>
  (await it.database.query('SELECT * FROM extension_execution_log WHERE request_id = $1', [requestId]))[0];

describe.each(['ext', 'ext-proxy'] as const)('/api/%s', (route) => {
  describe('a status that the runner made reaches the caller bare', () => {
    test.each([
      ['missing_routing_headers', 400],
      ['unknown_capabilities', 400],
      ['engine_init_failed', 500],
      ['bundle_fetch_failed', 502],
      ['secret_decrypt_failed', 500],
      ['execute_failed', 500],
    ])('%s is %i without a body', async (error, status) => {
      it.runner.guest = () => ({ status, error });
      const answer = await call(route);
      expect([answer.status, await answer.text()]).toEqual([status, '']);
      expect(it.seen.onRequest.at(-1)).toMatchObject({ runnerError: error });
    });
  });

  test('an answer of the runner without a status is 200', async () => {
    it.runner.transport = (res) => void res.end(JSON.stringify({ body_b64: 'aGk=' }));
    const answer = await call(route);
    expect([answer.status, await answer.text()]).toEqual([200, 'hi']);
  });

  test.each([204, 304])('a guest’s %i has no body', async (status) => {
    it.runner.guest = () => ({ status, body: 'ignored' });
    const answer = await call(route);
    expect([answer.status, await answer.text()]).toEqual([status, '']);
  });

  test('bytes of an answer are not touched', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    it.runner.transport = (res) =>
      void res.end(JSON.stringify({ status: 200, body_b64: bytes.toString('base64') }));
    expect(Buffer.from(await (await call(route)).arrayBuffer())).toEqual(bytes);
  });

  describe('the user the guest is told about', () => {
    const tenant = { ext: 'company_name', 'ext-proxy': 'client_name' }[route];
    test.each([
      ['admin', { user_type: 'internal', user_name: 'Alex Admin', user_email: 'admin@msp.example.com' }],
      ['tech', { user_type: 'internal', user_name: 'Terry Technician', user_email: 'tech@msp.example.com' }],
      ['dana', { user_type: 'client', user_name: 'Dana Dorsey', user_email: 'dana@emerald.example.com' }],
    ])('%s', async (as, expected) => {
      await call(route, '/hello', { as });
      const { user } = guestSaw();
      expect(user).toMatchObject({ ...expected, [tenant]: 'Local Development' });
      expect(user.user_id).toMatch(/^[0-9a-f-]{36}$/);
      expect('client_id' in user).toBe(as === 'dana');
      expect('additional_fields' in user).toBe(route === 'ext-proxy');
    });
  });

  test('grants, declared capabilities and the three of everyone join; unknown names are dropped', async () => {
    await it.registry.setGrantedCapabilities(it.rows.installId, [
      'cap:http.fetch',
      'CAP:SECRETS.GET ',
      'cap:unknown',
    ]);
    await call(route);
    expect([...guestSaw().providers].sort()).toEqual(
      [
        'cap:context.read',
        'cap:http.fetch',
        'cap:log.emit',
        'cap:scheduler.manage',
        'cap:secrets.get',
        'cap:storage.kv',
        'cap:user.read',
      ].sort(),
    );
    await it.registry.setGrantedCapabilities(it.rows.installId, []);
    await call(route);
    expect(guestSaw().providers).toContain('cap:storage.kv');
  });

  test('configuration reaches the guest as texts: JSON for what is none, nothing for null', async () => {
    await it.registry.writeConfig(it.rows.installId, { a: 'x' });
    await it.database.query(
      `UPDATE tenant_extension_install_config SET config = '{"a":"x","n":3,"o":{"b":true},"z":null}'
        WHERE install_id = $1`,
      [it.rows.installId],
    );
    await call(route);
    expect(guestSaw().context.config).toEqual({ a: 'x', n: '3', o: '{"b":true}', z: '' });
    await it.registry.writeConfig(it.rows.installId, {});
  });

  test('no memory limit is sent, and no schedule', async () => {
    await call(route);
    expect(guestSaw().limits).toEqual({ timeout_ms: 30_000 });
    expect(guestSaw().context).not.toHaveProperty('trigger');
    expect(guestSaw().context).not.toHaveProperty('schedule_id');
  });

  describe('the row of the log', () => {
    test.each([
      ['ok', { status: 200 }, 'ok', null],
      ['a guest’s 399', { status: 399 }, 'ok', null],
      ['a guest’s 400', { status: 400 }, 'upstream_error', 'extension_error_status'],
      ['the runner’s own 500', { status: 500, error: 'x' }, 'upstream_error', 'extension_error_status'],
    ])('of %s', async (name, guest, status, error) => {
      const requestId = `${route} ${name}`.replace(/[^a-z0-9 ]/g, '');
      it.runner.guest = () => guest;
      await call(route, '/hello', { headers: { 'x-request-id': requestId }, as: 'dana', method: 'POST' });
      await eventually(() => logRow(requestId)).toMatchObject({ status, error });
      const row = await logRow(requestId);
      expect(row).toMatchObject({
        registry_id: it.rows.registryId,
        metrics: {
          method: 'POST',
          path: '/hello',
          endpoint_template: '/hello',
          principal_kind: 'client',
          user_id: guestSaw().user.user_id,
          http_status: guest.status,
          duration_ms: expect.any(Number),
        },
      });
      expect(row?.started_at).toBeInstanceOf(Date);
      expect(row?.finished_at).toBeInstanceOf(Date);
    });
  });

  test('is written as started before the handler runs', async () => {
    const requestId = `started-${route}`;
    let during: unknown;
    it.runner.guest = async () => {
      during = await logRow(requestId);
      return {};
    };
    await call(route, '/hello', { headers: { 'x-request-id': requestId } });
    expect(during).toMatchObject({ status: 'started', finished_at: null, error: null });
  });

  test('the bundle is the newest one of the installed version; without any it is said', async () => {
    await it.database.query('UPDATE extension_bundle SET version_id = $1 WHERE version_id = $2', [
      await otherVersion(),
      it.rows.versionId,
    ]);
    const answer = await call(route, '/hello', { headers: { 'x-request-id': 'no-bundle' } });
    await it.database.query('UPDATE extension_bundle SET version_id = $1', [it.rows.versionId]);
    expect([answer.status, await answer.json()]).toEqual(
      route === 'ext'
        ? [404, { error: 'not_installed' }]
        : [502, { error: 'bad_gateway', requestId: 'no-bundle' }],
    );
    await call(route);
    expect(guestSaw().context.content_hash).toBe(hashOf('first'));
  });
});

/** A second version of the extension, of which nothing is installed. */
async function otherVersion(): Promise<unknown> {
  const [known] = await it.database.query(`SELECT id FROM extension_version WHERE version = '9.9.9'`);
  if (known) return known.id;
  const [made] = await it.database.query(
    `INSERT INTO extension_version (id, registry_id, version, runtime, main_entry, api, ui, capabilities, api_endpoints)
     SELECT gen_random_uuid(), registry_id, '9.9.9', runtime, main_entry, api, ui, capabilities, api_endpoints
       FROM extension_version WHERE id = $1 RETURNING id`,
    [it.rows.versionId],
  );
  return made?.id;
}

describe('/api/ext only', () => {
  test('the headers of the runner’s transport: content type and etag', async () => {
    it.runner.transport = (res) => {
      res.writeHead(200, { 'content-type': 'application/json; charset=x', etag: '"t"', 'x-more': '1' });
      res.end('{"status":200}');
    };
    const { headers } = await call('ext');
    expect([headers.get('content-type'), headers.get('etag'), headers.get('x-more')]).toEqual([
      'application/json; charset=x',
      '"t"',
      null,
    ]);
  });

  test('exactly 10 MiB of body pass', async () => {
    const body = Buffer.alloc(10 * 1024 * 1024);
    expect((await call('ext', '/hello', { method: 'POST', body })).status).toBe(200);
    expect(it.seen.onRequest.at(-1)?.notes.join()).toContain('1.5 MiB');
  });
});

describe('/api/ext-proxy only', () => {
  test('the route itself has no limit of the body', async () => {
    const body = Buffer.alloc(10 * 1024 * 1024 + 1);
    expect((await call('ext-proxy', '/hello', { method: 'POST', body })).status).toBe(200);
  });

  describe('__method', () => {
    test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])('%s is taken', async (method) => {
      await call('ext-proxy', `/hello?__method=${method}`, { method: 'POST', body: 'b' });
      expect(guestSaw().http.method).toBe(method);
    });

    test.each(['HEAD', 'OPTIONS', 'nope', ''])('%j is not', async (method) => {
      await call('ext-proxy', `/hello?__method=${method}`, { method: 'POST', body: 'b' });
      expect(guestSaw().http.method).toBe('POST');
    });

    test('counts for POST only', async () => {
      await call('ext-proxy', '/hello?__method=DELETE', { method: 'PUT', body: 'b' });
      expect(guestSaw().http.method).toBe('PUT');
    });

    test('in the query goes before the one in the body', async () => {
      const body = JSON.stringify({ __method: 'PATCH', a: 1 });
      await call('ext-proxy', '/hello?__method=PUT', { method: 'POST', body });
      expect(guestSaw().http.method).toBe('PUT');
    });

    test.each(['[{"__method":"PUT"}]', '"__method"', '{"__method":'])(
      'is not looked for in %s',
      async (body) => {
        await call('ext-proxy', '/hello', { method: 'POST', body });
        expect(guestSaw().http).toMatchObject({
          method: 'POST',
          body_b64: Buffer.from(body).toString('base64'),
        });
      },
    );
  });

  test('the version of the secrets goes along once there are some', async () => {
    await call('ext-proxy');
    expect(it.runner.seen.at(-1)?.headers).not.toHaveProperty('x-ext-secrets-version');
    await it.registry.writeSecrets(it.rows.installId, { KEY: 'v' });
    await call('ext-proxy');
    expect(it.runner.seen.at(-1)?.headers['x-ext-secrets-version']).toMatch(/./);
    expect(guestSaw().secret_envelope).toMatchObject({ algorithm: 'inline/base64' });
    await it.registry.writeSecrets(it.rows.installId, { KEY: null });
  });

  test('of a repeated header of the guest, in whatever letters, one reaches the caller', async () => {
    it.runner.guest = () => ({ headers: { 'X-EXT-WARNING': 'a', 'x-ext-warning': 'b' }, body: 'x' });
    expect((await call('ext-proxy')).headers.get('x-ext-warning')).toBe('b');
  });
});

describe('a runner that is not there', () => {
  let own: TestHost | undefined;
  afterEach(async () => {
    await own?.stop();
    own = undefined;
  });
  const headers = { 'x-request-id': 'lost' };

  test.each([
    ['ext', 502],
    ['ext-proxy', 502],
  ])('/api/%s answers %i when nothing listens', async (route, status) => {
    own = await startTestHost(server, { runnerUrl: () => 'http://127.0.0.1:9' });
    const answer = await callOf(own, route, '/hello', { headers });
    expect([answer.status, await answer.json()]).toEqual([
      status,
      { error: 'bad_gateway', requestId: 'lost' },
    ]);
  });

  test.each([
    ['ext', 502],
    ['ext-proxy', 500],
  ])('/api/%s answers %i when no address of it is known', async (route, status) => {
    own = await startTestHost(server, { runnerUrl: () => '' });
    const answer = await callOf(own, route, '/hello', { headers });
    expect([answer.status, await answer.json()]).toEqual([
      status,
      { error: 'bad_gateway', requestId: 'lost' },
    ]);
  });

  test.each(['ext', 'ext-proxy'])(
    '/api/%s answers 502 when it is too slow, and the log says timeout',
    async (route) => {
      own = await startTestHost(server, { gatewayTimeoutMs: 50 });
      const it = own;
      it.runner.transport = () => undefined;
      const answer = await callOf(own, route, '/hello', { headers });
      expect([answer.status, await answer.json()]).toEqual([
        502,
        { error: 'bad_gateway', requestId: 'lost' },
      ]);
      await eventually(() => it.database.query('SELECT status, error FROM extension_execution_log')).toEqual([
        { status: 'timeout', error: 'timeout' },
      ]);
    },
  );
});
