import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { addEmbeddedTenant } from '../../src/registry/index.js';
import { startTestServer, type TestServer } from '../registry/support/database.js';
import { hashOf, publication } from '../registry/support/publication.js';
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
  it.runner.transport = undefined;
  it.runner.guest = () => ({ headers: { 'content-type': 'application/json' }, body: '{"ok":true}' });
});

type Init = RequestInit & { as?: string; id?: string };
const call = (route: 'ext' | 'ext-proxy', path: string, init: Init = {}): Promise<Response> => {
  const headers = new Headers(init.headers);
  if (init.as) headers.set('x-alga-dev-user', init.as);
  return fetch(`${it.host.origin}/api/${route}/${init.id ?? it.rows.registryId}${path}`, {
    ...init,
    headers,
  });
};
const guestSaw = () => it.runner.seen.at(-1)?.body;
const logRows = () => it.database.query('SELECT * FROM extension_execution_log ORDER BY started_at');

describe.each(['ext', 'ext-proxy'] as const)('/api/%s', (route) => {
  test.each([
    ['registry id', () => it.rows.registryId],
    ['install id', () => it.rows.installId],
    ['slug in any case', () => 'example.COM.example.Demo'],
  ])('takes the extension by %s and sends the registry id on', async (_name, id) => {
    expect((await call(route, '/hello', { id: id() })).status).toBe(200);
    expect(guestSaw().context.extension_id).toBe(it.rows.registryId);
  });

  test.each([
    ['another extension', '/hello', { id: 'nobody.nothing' }, 404, 'extension_not_available'],
    [
      'a UUID of version 7',
      '/hello',
      { id: '01890a5d-ac96-774b-bcce-b302099a8057' },
      404,
      'extension_not_available',
    ],
    ['an undeclared path', '/nope', {}, 404, 'endpoint_not_found'],
    ['a path with a segment too many', '/hello/more', {}, 404, 'endpoint_not_found'],
    ['a literal in other letters', '/Hello', {}, 404, 'endpoint_not_found'],
    ['an undeclared method', '/items/1', { method: 'POST' }, 404, 'endpoint_not_found'],
    ['nobody signed in', '/hello', { as: 'signed-out' }, 401, 'Unauthorized'],
    [
      'a tenant that is not the session’s',
      '/hello',
      { headers: { 'x-alga-tenant': 'other' } },
      403,
      'tenant_mismatch',
    ],
    ['the older tenant header', '/hello', { headers: { 'x-tenant-id': 'other' } }, 403, 'tenant_mismatch'],
    ['a reader who writes', '/hello', { as: 'tech', method: 'POST' }, 403, 'forbidden'],
    ['an MSP user without rights', '/hello', { as: 'newcomer' }, 403, 'forbidden'],
    ['a portal user without a client', '/hello', { as: 'sam' }, 403, 'forbidden'],
  ] as [string, string, Init, number, string][])('refuses %s', async (_name, path, init, status, error) => {
    const before = (await logRows()).length;
    const answer = await call(route, path, init);
    expect([answer.status, await answer.json()]).toEqual([status, { error }]);
    expect(it.runner.seen).toHaveLength(0);
    expect(await logRows()).toHaveLength(before);
  });

  test.each([
    ['an MSP user who may write', 'admin', 'POST'],
    ['an MSP user who may read', 'tech', 'GET'],
    ['a portal user, whatever the method', 'dana', 'DELETE'],
  ])('lets %s pass', async (_name, as, method) => {
    expect((await call(route, '/hello', { as, method })).status).toBe(200);
  });

  test('matches templates, trailing slashes and HEAD as GET', async () => {
    expect((await call(route, '/items/7')).status).toBe(200);
    expect((await call(route, '/items/special/')).status).toBe(200);
    const head = await call(route, '/hello', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(guestSaw().http.method).toBe('HEAD');
  });

  test('sends every field of the execute request', async () => {
    await it.registry.writeConfig(it.rows.installId, { color: 'blue', size: '3' });
    await it.registry.writeSecrets(it.rows.installId, { API_KEY: 's3cret' });
    const requestId = `req-${route}`;
    await call(route, '/hello?a=1&b=2&a=3', {
      method: 'POST',
      body: 'hi',
      headers: { 'x-request-id': requestId, 'content-type': 'text/plain', accept: 'text/html' },
    });
    const seen = it.runner.seen.at(-1);
    expect(seen?.body.context).toEqual({
      request_id: requestId,
      tenant_id: it.database.tenantId,
      extension_id: it.rows.registryId,
      install_id: it.rows.installId,
      version_id: it.rows.versionId,
      content_hash: hashOf('first'),
      config: { color: 'blue', size: '3' },
    });
    expect(seen?.body.http).toMatchObject({
      method: 'POST',
      path: '/hello',
      query: { a: '3', b: '2' },
      body_b64: Buffer.from('hi').toString('base64'),
    });
    expect(seen?.body.limits).toEqual({ timeout_ms: 30_000 });
    expect(seen?.body.providers).toEqual(
      expect.arrayContaining(['cap:context.read', 'cap:log.emit', 'cap:user.read', 'cap:storage.kv']),
    );
    const { ciphertext_b64: ciphertext, algorithm } = seen?.body.secret_envelope ?? {};
    expect(algorithm).toBe('inline/base64');
    expect(JSON.parse(Buffer.from(ciphertext, 'base64').toString())).toEqual({ API_KEY: 's3cret' });
    expect(seen?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-request-id': requestId,
      'x-alga-tenant': it.database.tenantId,
      'x-alga-extension': it.rows.registryId,
    });
    await it.registry.writeSecrets(it.rows.installId, { API_KEY: null });
  });

  test('gives the guest five headers of the caller and its own two, never cookies or credentials', async () => {
    await call(route, '/hello', {
      headers: {
        accept: 'a/b',
        'content-type': 'c/d',
        'accept-encoding': 'identity',
        'user-agent': 'tester',
        'accept-language': 'de',
        authorization: 'Bearer x',
        cookie: 'a=b',
        referer: 'http://x.example',
        'x-alga-extension': 'forged',
        'x-alga-dev-purpose': 'bridge',
      },
    });
    const headers = guestSaw().http.headers;
    expect(headers).toMatchObject({
      accept: 'a/b',
      'content-type': 'c/d',
      'accept-encoding': 'identity',
      'user-agent': 'tester',
      'x-alga-tenant': it.database.tenantId,
      'x-alga-extension': it.rows.registryId,
    });
    const allowed = [
      'accept',
      'accept-encoding',
      'content-type',
      'user-agent',
      'x-alga-extension',
      'x-alga-tenant',
    ];
    expect(Object.keys(headers).sort()).toEqual(
      route === 'ext' ? allowed : [...allowed, 'x-request-id'].sort(),
    );
  });

  test('a body that is empty is sent as empty, not as absent', async () => {
    await call(route, '/hello', { method: 'POST' });
    expect(guestSaw().http.body_b64).toBe('');
    await call(route, '/hello');
    expect(guestSaw().http).not.toHaveProperty('body_b64');
  });

  test('logs the call, from start to end, without bodies', async () => {
    it.runner.guest = () => ({ status: 418, body: 'canary-answer' });
    await call(route, '/items/9', { headers: { 'x-request-id': `log-${route}` } });
    await eventually(async () => (await logRows()).at(-1)).toMatchObject({ status: 'upstream_error' });
    const row = (await logRows()).at(-1);
    expect(row).toMatchObject({
      tenant_id: it.database.tenantId,
      registry_id: it.rows.registryId,
      version_id: it.rows.versionId,
      request_id: `log-${route}`,
      error: 'extension_error_status',
      metrics: {
        method: 'GET',
        path: '/items/9',
        endpoint_template: '/items/:id',
        principal_kind: 'msp',
        http_status: 418,
      },
    });
    expect(JSON.stringify(row)).not.toContain('canary');
  });

  test('passes a guest’s error status and body through', async () => {
    it.runner.guest = () => ({ status: 503, headers: { 'content-type': 'text/plain' }, body: 'later' });
    const answer = await call(route, '/hello');
    expect([answer.status, await answer.text()]).toEqual([503, 'later']);
  });

  test('shows the runner’s hidden error text to the author only', async () => {
    it.runner.guest = () => ({ status: 500, error: 'execute_failed: boom' });
    const answer = await call(route, '/hello');
    expect([answer.status, await answer.text()]).toEqual([500, '']);
    expect(it.seen.onRequest.at(-1)).toMatchObject({ status: 500, runnerError: 'execute_failed: boom' });
  });

  test.each([
    ['nothing', '', 'empty_response'],
    ['no JSON', '<html>', 'invalid_response'],
  ])('answers 502 when the runner answers %s', async (_name, text, error) => {
    it.runner.transport = (res) => void res.end(text);
    const answer = await call(route, '/hello', { headers: { 'x-request-id': 'broken' } });
    expect([answer.status, await answer.json()]).toEqual([
      502,
      { error: 'bad_gateway', requestId: 'broken' },
    ]);
    await eventually(async () => (await logRows()).at(-1)).toMatchObject({ status: 'error', error });
  });

  test('reports the request with times, bodies and hash', async () => {
    await call(route, '/hello', { method: 'POST', body: 'abc' });
    expect(it.seen.onRequest.at(-1)).toMatchObject({
      registryId: it.rows.registryId,
      extension: 'Example/com.example.demo',
      route,
      method: 'POST',
      path: '/hello',
      status: 200,
      contentHash: hashOf('first'),
      user: { key: 'admin', type: 'internal' },
      request: { body: { size: 3, text: 'abc', truncated: false } },
      response: { body: { text: '{"ok":true}' } },
    });
    expect(it.host.recentRequests()[0]).toBe(it.seen.onRequest.at(-1));
  });

  test('a disabled install is not available', async () => {
    await it.registry.setEnabled(it.rows.installId, false);
    const answer = await call(route, '/hello');
    expect([answer.status, await answer.json()]).toEqual([404, { error: 'extension_not_available' }]);
    await it.registry.setEnabled(it.rows.installId, true);
  });

  test('OPTIONS is answered without any CORS header', async () => {
    const answer = await call(route, '/hello', { method: 'OPTIONS' });
    expect(answer.status).toBe(204);
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('where /api/ext differs', () => {
  test('the idempotency key goes to the runner: the caller’s, else the request id, none for GET', async () => {
    await call('ext', '/hello', { method: 'POST', headers: { 'x-idempotency-key': 'once' } });
    expect(it.runner.seen.at(-1)?.headers['x-idempotency-key']).toBe('once');
    await call('ext', '/hello', { method: 'POST', headers: { 'x-request-id': 'rid' } });
    expect(it.runner.seen.at(-1)?.headers['x-idempotency-key']).toBe('rid');
    await call('ext', '/hello', { headers: { 'x-idempotency-key': 'never' } });
    expect(it.runner.seen.at(-1)?.headers).not.toHaveProperty('x-idempotency-key');
    expect(guestSaw().http.headers).not.toHaveProperty('x-idempotency-key');
  });

  test('no service token, no ids, no endpoint, no url; the user has company_name', async () => {
    await call('ext', '/hello');
    const seen = it.runner.seen.at(-1);
    expect(Object.keys(seen?.headers ?? {}).filter((name) => /^x-(ext|runner)-/.test(name))).toEqual([]);
    expect(seen?.body).not.toHaveProperty('endpoint');
    expect(seen?.body.http).not.toHaveProperty('url');
    expect(seen?.body.user).toMatchObject({ user_type: 'internal', company_name: 'Local Development' });
    expect(seen?.body.user).not.toHaveProperty('client_name');
    expect(seen?.body.user).not.toHaveProperty('additional_fields');
  });

  test('__method stays where it is', async () => {
    await call('ext', '/hello?__method=PUT', { method: 'POST' });
    expect(guestSaw().http).toMatchObject({ method: 'POST', query: { __method: 'PUT' } });
  });

  test('a body over 10 MiB is refused after the row was written', async () => {
    const answer = await call('ext', '/hello', { method: 'POST', body: Buffer.alloc(10 * 1024 * 1024 + 1) });
    expect([answer.status, await answer.json()]).toEqual([413, { error: 'payload_too_large' }]);
    await eventually(async () => (await logRows()).at(-1)).toMatchObject({
      status: 'policy_denied',
      error: null,
    });
    expect(it.runner.seen).toHaveLength(0);
  });

  test('the answer has the runner’s content type, and no header of the guest', async () => {
    it.runner.guest = () => ({ headers: { 'content-type': 'text/plain', 'x-own': '1' }, body: 'text' });
    const answer = await call('ext', '/hello');
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.get('x-own')).toBeNull();
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(it.seen.onRequest.at(-1)?.notes.join()).toContain('text/plain');
  });

  test('a failing runner is always 502', async () => {
    it.runner.transport = (res) => void res.writeHead(413).end('too large');
    const answer = await call('ext', '/hello', { headers: { 'x-request-id': 'r1' } });
    expect([answer.status, await answer.json()]).toEqual([502, { error: 'bad_gateway', requestId: 'r1' }]);
    await eventually(async () => (await logRows()).at(-1)).toMatchObject({
      status: 'error',
      error: 'runner_transport_error',
    });
  });
});

describe('where /api/ext-proxy differs', () => {
  test('the idempotency key goes to the guest, made up when the caller has none, and not for GET', async () => {
    await call('ext-proxy', '/hello', { method: 'POST', headers: { 'x-idempotency-key': 'once' } });
    expect(guestSaw().http.headers['x-idempotency-key']).toBe('once');
    expect(it.runner.seen.at(-1)?.headers).not.toHaveProperty('x-idempotency-key');
    await call('ext-proxy', '/hello', { method: 'POST' });
    expect(guestSaw().http.headers['x-idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
    await call('ext-proxy', '/hello');
    expect(guestSaw().http.headers).not.toHaveProperty('x-idempotency-key');
  });

  test('the runner gets the service token and the ids', async () => {
    await call('ext-proxy', '/hello');
    expect(it.runner.seen.at(-1)?.headers).toMatchObject({
      'x-runner-service-token': it.tokens.serviceToken,
      'x-ext-install-id': it.rows.installId,
      'x-ext-version-id': it.rows.versionId,
      'x-ext-registry-id': it.rows.registryId,
      'x-ext-config-version': expect.any(String),
    });
    expect(guestSaw()).toMatchObject({ endpoint: 'ui-proxy:/hello', http: { url: '/hello' } });
  });

  test('the user has client_name and further fields; a client user the client', async () => {
    await call('ext-proxy', '/hello', { as: 'dana' });
    const { user } = guestSaw();
    expect(user).toMatchObject({
      user_type: 'client',
      user_name: 'Dana Dorsey',
      user_email: 'dana@emerald.example.com',
      client_name: 'Local Development',
      client_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      additional_fields: { username: 'dana', contact_id: expect.any(String) },
    });
    expect(user).not.toHaveProperty('company_name');
  });

  test('__method in the query turns a POST into another method and is taken out', async () => {
    await call('ext-proxy', '/hello?__method=put&x=1', { method: 'POST', body: 'b' });
    expect(guestSaw().http).toMatchObject({ method: 'PUT', query: { x: '1' }, body_b64: 'Yg==' });
    expect(guestSaw().http.query).not.toHaveProperty('__method');
  });

  test('__method in a JSON body is taken out; GET has no body; nothing else left is no body', async () => {
    const send = (body: unknown) =>
      call('ext-proxy', '/hello', { method: 'POST', body: JSON.stringify(body) });
    await send({ __method: 'PATCH', a: 1 });
    expect(guestSaw().http.method).toBe('PATCH');
    expect(Buffer.from(guestSaw().http.body_b64, 'base64').toString()).toBe('{"a":1}');
    await send({ __method: 'GET', a: 1 });
    expect(guestSaw().http).toMatchObject({ method: 'GET' });
    expect(guestSaw().http).not.toHaveProperty('body_b64');
    await send({ __method: 'DELETE' });
    expect(guestSaw().http).toMatchObject({ method: 'DELETE' });
    expect(guestSaw().http).not.toHaveProperty('body_b64');
  });

  test('the rights are judged by the method after the override', async () => {
    const answer = await call('ext-proxy', '/hello?__method=GET', { method: 'POST', as: 'tech' });
    expect(answer.status).toBe(200);
  });

  test('empty segments of the path are dropped', async () => {
    await call('ext-proxy', '//items///4');
    expect(guestSaw().http.path).toBe('/items/4');
  });

  test('exactly four headers of the guest reach the caller', async () => {
    it.runner.guest = () => ({
      headers: {
        'Content-Type': 'text/plain',
        'cache-control': 'max-age=5',
        'x-ext-request-id': 'a',
        'x-ext-warning': 'b',
        'set-cookie': 'c=d',
        location: '/elsewhere',
        etag: 'e',
      },
      body: 'text',
    });
    const answer = await call('ext-proxy', '/hello');
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/plain',
      'cache-control': 'max-age=5',
      'x-ext-request-id': 'a',
      'x-ext-warning': 'b',
    });
    for (const name of ['set-cookie', 'location', 'etag']) expect(answer.headers.get(name)).toBeNull();
    expect(it.seen.onRequest.at(-1)?.notes.join()).toContain('etag, location, set-cookie');
  });

  test('the runner’s own status is passed on', async () => {
    it.runner.transport = (res) => void res.writeHead(413).end('too large');
    const answer = await call('ext-proxy', '/hello', { headers: { 'x-request-id': 'r2' } });
    expect([answer.status, await answer.json()]).toEqual([413, { error: 'bad_gateway', requestId: 'r2' }]);
  });
});

describe('the tenant of the session', () => {
  test('can be switched; another tenant’s installs are not there', async () => {
    const { tenantId } = await addEmbeddedTenant({
      connectionString: it.database.connectionString,
      name: 'Second',
    });
    const other = { 'x-alga-dev-tenant': tenantId };
    const before = await call('ext', '/hello', { headers: other });
    expect([before.status, await before.json()]).toEqual([404, { error: 'extension_not_available' }]);
    await it.registry.publish(publication(tenantId, 'first', TEST_MANIFEST));
    expect((await call('ext', '/hello', { headers: other })).status).toBe(200);
    expect(guestSaw().context.tenant_id).toBe(tenantId);
    expect((await call('ext', '/hello', { headers: { 'x-alga-dev-tenant': 'nobody' } })).status).toBe(401);
    const cookie = { cookie: `alga-dev-tenant=${tenantId}; alga-dev-user=gone` };
    await call('ext', '/hello', { headers: cookie });
    expect(guestSaw().context.tenant_id).toBe(tenantId);
    await call('ext', '/hello', { headers: { cookie: 'alga-dev-tenant=gone' } });
    expect(guestSaw().context.tenant_id).toBe(it.database.tenantId);
  });
});

describe('with a host of its own', () => {
  let own: TestHost | undefined;
  afterEach(async () => {
    await own?.stop();
    own = undefined;
  });
  const url = (host: TestHost) => `${host.host.origin}/api/ext/${host.rows.registryId}/hello`;

  test('sixty calls pass at once, then one a second; the others are told when to come again', async () => {
    own = await startTestHost(server, { rateLimit: true });
    const began = performance.now();
    const answers = await Promise.all(Array.from({ length: 90 }, () => fetch(url(own as TestHost))));
    const refilled = Math.ceil((performance.now() - began) / 1000);
    const refused = answers.filter((answer) => answer.status === 429);
    expect(answers.length - refused.length).toBeGreaterThanOrEqual(60);
    expect(answers.length - refused.length).toBeLessThanOrEqual(60 + refilled);
    expect(await refused[0]?.json()).toEqual({ error: 'rate_limited' });
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
  });

  test('a runner that does not answer in time is 502, and `timeout` in the log', async () => {
    own = await startTestHost(server, { gatewayTimeoutMs: 50 });
    own.runner.transport = () => undefined;
    const answer = await fetch(url(own), { headers: { 'x-request-id': 'slow' } });
    expect([answer.status, await answer.json()]).toEqual([502, { error: 'bad_gateway', requestId: 'slow' }]);
    const rows = () => own?.database.query('SELECT status, error FROM extension_execution_log');
    await eventually(rows).toEqual([{ status: 'timeout', error: 'timeout' }]);
  });

  test('a runner that is not there is 502', async () => {
    own = await startTestHost(server);
    await own.runner.stop();
    const answer = await fetch(url(own), { headers: { 'x-request-id': 'gone' } });
    expect([answer.status, await answer.json()]).toEqual([502, { error: 'bad_gateway', requestId: 'gone' }]);
  });

  test('a portal user is refused when the manifest has no entry for the portal', async () => {
    own = await startTestHost(server, { manifest: { ui: { type: 'iframe', entry: 'ui/index.html' } } });
    const answer = await fetch(url(own), { headers: { 'x-alga-dev-user': 'dana' } });
    expect([answer.status, await answer.json()]).toEqual([403, { error: 'forbidden' }]);
  });

  test('an execution log that cannot be written closes the gateway', async () => {
    own = await startTestHost(server);
    await own.database.query('ALTER TABLE extension_execution_log RENAME TO hidden');
    const answer = await fetch(url(own));
    expect([answer.status, await answer.json()]).toEqual([503, { error: 'access_policy_unavailable' }]);
    expect(own.runner.seen).toHaveLength(0);
  });

  test('held requests wait and are then answered by what was published meanwhile', async () => {
    own = await startTestHost(server);
    const release = own.host.holdRequests(own.rows.registryId);
    const waiting = fetch(url(own));
    await fetch(`${own.host.origin}/__alga/health`);
    expect(own.runner.seen).toHaveLength(0);
    await own.registry.publish(publication(own.database.tenantId, 'second', TEST_MANIFEST));
    release();
    expect((await waiting).status).toBe(200);
    expect(own.runner.seen[0]?.body.context.content_hash).toBe(hashOf('second'));
  });
});
