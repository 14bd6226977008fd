import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../registry/support/database.js';
import { hashOf } from '../registry/support/publication.js';
import { eventually } from './support/eventually.js';
import { askService } from './support/guest-services.js';
import { rawRequest, statusOf } from './support/raw-request.js';
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
  it.runner.guest = () => ({ body: '{"ok":true}' });
});

const ROUTES = ['ext', 'ext-proxy'] as const;
type Init = RequestInit & { as?: string };
const callOf = (host: TestHost, route: string, { as, ...init }: Init = {}): Promise<Response> => {
  const headers = new Headers(init.headers);
  if (as) headers.set('x-alga-dev-user', as);
  return fetch(`${host.host.origin}/api/${route}/${host.rows.registryId}/hello`, { ...init, headers });
};
const call = (route: string, init: Init = {}) => callOf(it, route, init);
const statusAndBody = async (answer: Response): Promise<[number, unknown]> => [
  answer.status,
  await answer.json(),
];
const guestSaw = () => it.runner.seen.at(-1)?.body;
const logRow = async (requestId: string) =>
  (await it.database.query('SELECT * FROM extension_execution_log WHERE request_id = $1', [requestId]))[0];

describe.each(ROUTES)('/api/%s, who asks', (route) => {
  test('an internal user who is somebody’s contact has no valid session, and it ends', async () => {
    const setContact = (contact: string) =>
      it.database.query(`UPDATE users SET contact_id = ${contact} WHERE username = 'newcomer'`);
    await setContact('(SELECT contact_name_id FROM contacts LIMIT 1)');
    await eventually(async () => (await call(route, { as: 'newcomer' })).status).toBe(401);
    const answer = await call(route, { as: 'newcomer' });
    expect(await statusAndBody(answer)).toEqual([401, { error: 'Invalid session identity' }]);
    expect(answer.headers.get('set-cookie')).toMatch(/^alga-dev-user=;.*max-age=0/);
    await setContact('NULL');
    await eventually(async () => (await call(route, { as: 'newcomer' })).status).toBe(403);
  });

  test('a session without a tenant is turned away by the guard', async () => {
    const answer = await call(route, { headers: { 'x-alga-dev-tenant': crypto.randomUUID() } });
    expect(await statusAndBody(answer)).toEqual([401, { error: 'Unauthorized' }]);
  });

  test('no token and no key stands for a session', async () => {
    const { authKey, serviceToken, session } = it.tokens;
    const credentials: [string, string][] = [
      ['authorization', `Bearer ${session}`],
      ['x-api-key', authKey],
      ['x-runner-auth', serviceToken],
      ['x-runner-service-token', serviceToken],
    ];
    for (const credential of credentials) {
      const answer = await call(route, { as: 'signed-out', headers: [credential] });
      expect(await statusAndBody(answer)).toEqual([401, { error: 'Unauthorized' }]);
    }
  });

  test('an install whose status is not `enabled` is not available, though it is switched on', async () => {
    const set = (status: string) =>
      it.database.query('UPDATE tenant_extension_install SET status = $1', [status]);
    await set('pending');
    expect(await statusAndBody(await call(route))).toEqual([404, { error: 'extension_not_available' }]);
    await set('enabled');
    expect((await call(route)).status).toBe(200);
  });

  test('an entry of blanks in the portal’s menu lets no portal user in', async () => {
    const set = (label: string) =>
      it.database.query(
        `UPDATE extension_version SET ui = jsonb_set(ui, '{hooks,clientPortalMenu,label}', to_jsonb($1::text))`,
        [label],
      );
    await set('  ');
    expect(await statusAndBody(await call(route, { as: 'dana' }))).toEqual([403, { error: 'forbidden' }]);
    await set('Demo portal');
    expect((await call(route, { as: 'dana' })).status).toBe(200);
  });

  test.each(['PROPFIND', 'LINK'])('the method %s is none of the route’s', async (method) => {
    const answer = await call(route, { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([
      405,
      'GET, HEAD, POST, PUT, PATCH, DELETE',
    ]);
  });
});

describe.each(ROUTES)('/api/%s, what comes and goes', (route) => {
  test('the request id is a header of the guest where the caller gave one', async () => {
    await call(route, { headers: { 'x-request-id': 'given' } });
    expect(guestSaw().http.headers['x-request-id']).toBe('given');
    await call(route);
    expect('x-request-id' in guestSaw().http.headers).toBe(route === 'ext-proxy');
  });

  test('an answer without a status of the guest has the transport’s on /api/ext, else 200', async () => {
    it.runner.transport = (res) => void res.writeHead(202).end('{"body_b64":"aGk="}');
    expect((await call(route)).status).toBe(route === 'ext' ? 202 : 200);
  });

  test('a transport that fails is noted as such', async () => {
    it.runner.transport = (res) => void res.writeHead(500).end('oops');
    await call(route, { headers: { 'x-request-id': `transport-${route}` } });
    await eventually(() => logRow(`transport-${route}`)).toMatchObject({
      status: 'error',
      error: 'runner_transport_error',
      metrics: { http_status: route === 'ext' ? 502 : 500 },
    });
  });

  test('a log row whose end cannot be written stays at `started`, and the answer is not touched', async () => {
    await it.database.query(
      `CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
       CREATE OR REPLACE TRIGGER refuse BEFORE UPDATE ON extension_execution_log FOR EACH ROW
         WHEN (OLD.request_id LIKE 'unfinished-%') EXECUTE FUNCTION refuse()`,
    );
    const requestId = `unfinished-${route}`;
    expect((await call(route, { headers: { 'x-request-id': requestId } })).status).toBe(200);
    expect(await logRow(requestId)).toMatchObject({ status: 'started', finished_at: null });
  });
});

test('the counters of usage are written by nobody, as in the product', async () => {
  await call('ext', {});
  expect(await it.database.query('SELECT * FROM extension_quota_usage')).toEqual([]);
});

describe('what the author is told of a call', () => {
  test('that its endpoint is not declared', async () => {
    const headers = { 'x-alga-dev-purpose': 'bridge' };
    await fetch(`${it.host.origin}/api/ext-proxy/${it.rows.registryId}/nowhere`, { headers });
    expect(it.seen.onRequest.at(-1)).toMatchObject({
      status: 404,
      origin: 'bridge',
      notes: [expect.stringContaining('GET /nowhere is not among api.endpoints')],
    });
  });

  test('that a list of the storage had more than the guest was given', async () => {
    const ask = (body: object) => askService(it, 'ext-storage', { namespace: 'many', ...body });
    const items = Array.from({ length: 13 }, (_, index) => ({ key: `a${index}` }));
    const notesOf = async (): Promise<readonly string[]> => {
      it.runner.guest = async () => {
        await ask({ operation: 'list', includeValues: true, includeMetadata: true });
        return {};
      };
      await call('ext');
      return it.seen.onRequest.at(-1)?.notes.filter((note) => note.includes('storage')) ?? [];
    };
    await ask({ operation: 'bulkPut', items });
    expect(await notesOf()).toEqual([]);
    await ask({ operation: 'bulkPut', items: items.map(({ key }) => ({ key: `b${key}` })) });
    expect(await notesOf()).toEqual([expect.stringContaining('page of 25')]);
  });
});

describe('/api/ext-proxy only', () => {
  test('of the platform’s 100 MiB nothing more is taken; the product would cut the body', async () => {
    const { host } = new URL(it.host.origin);
    const answer = await rawRequest(
      it.host.origin,
      `POST /api/ext-proxy/${it.rows.registryId}/hello HTTP/1.1\nHost: ${host}\nContent-Length: 104857601\n\n`,
    );
    expect(statusOf(answer)).toBe(413);
    expect(answer).toContain('payload_too_large');
  });

  test('further fields of the user are those of the session, as texts', async () => {
    await it.database.query(`UPDATE users SET timezone = 'Europe/Berlin' WHERE username = 'tech'`);
    await eventually(async () => {
      await call('ext-proxy', { as: 'tech' });
      return guestSaw().user.additional_fields;
    }).toEqual({ username: 'tech', timezone: 'Europe/Berlin' });
    await call('ext-proxy', { as: 'dana' });
    expect(guestSaw().user.additional_fields).toMatchObject({
      username: 'dana',
      contact_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });
});

describe('a runner of its own', () => {
  let own: TestHost | undefined;
  afterEach(async () => {
    await own?.stop();
    own = undefined;
  });

  test.each(ROUTES)('/api/%s: the time limit covers the way to the headers, not the body', async (route) => {
    own = await startTestHost(server, { gatewayTimeoutMs: 300 });
    own.runner.transport = (res) => {
      res.writeHead(200, { 'content-type': 'application/json' });
      res.write('{"status":200,');
      setTimeout(() => res.end('"body_b64":"aGk="}'), 500);
    };
    const answer = await callOf(own, route);
    expect([answer.status, await answer.text()]).toEqual([200, 'hi']);
    expect(own.runner.seen[0]?.body.limits).toEqual({ timeout_ms: 300 });
  });

  test('that does not answer is a `runner_error` in the log', async () => {
    own = await startTestHost(server, { runnerUrl: () => 'http://127.0.0.1:9' });
    await callOf(own, 'ext');
    await eventually(
      async () => (await own?.database.query('SELECT status, error FROM extension_execution_log')) ?? [],
    ).toEqual([{ status: 'error', error: 'runner_error' }]);
  });

  test('whose address is not known: /runner answers 502', async () => {
    own = await startTestHost(server, { runnerUrl: () => '' });
    const answer = await fetch(`${own.host.origin}/runner/ext-ui/x/y/index.html`);
    expect(await statusAndBody(answer)).toEqual([502, { error: 'runner_unreachable' }]);
  });
});

describe('where the frame comes from', () => {
  const frames = () => it.host.origin.replace('localhost', '127.0.0.1');
  const get = (url: string) => fetch(url, { redirect: 'manual' });
  const entry = (hash: string) =>
    `/?${new URLSearchParams({ parentOrigin: it.host.origin, _h: hash }).toString()}`;

  test('the cloud’s way in: a redirect with tenant and extension only, the colon as it is', async () => {
    const answer = await get(frames() + entry(hashOf('first')));
    expect([answer.status, answer.headers.get('location'), answer.headers.get('cache-control')]).toEqual([
      307,
      `/ext-ui/${it.rows.registryId}/${hashOf('first')}/index.html` +
        `?tenant=${it.database.tenantId}&extensionId=${it.rows.registryId}`,
      'no-store',
    ]);
    expect((await get(frames() + entry(hashOf('unknown')))).status).toBe(404);
    expect((await get(it.host.origin + entry(hashOf('first')))).headers.get('location')).toBe(
      `/msp/extensions/${it.rows.registryId}`,
    );
  });

  test('/ext-ui is the runner’s under the frame’s name, and 404 under the app’s', async () => {
    it.runner.file = (_req, res) => void res.end('file');
    const path = `/ext-ui/${it.rows.registryId}/${hashOf('first')}/index.html`;
    expect(await (await get(frames() + path)).text()).toBe('file');
    const answer = await get(it.host.origin + path);
    expect([await statusAndBody(answer), answer.headers.get('cache-control')]).toEqual([
      [404, { error: 'not_found' }],
      'no-store',
    ]);
  });

  test('any path of the runner can be read through /runner, without a session', async () => {
    it.runner.file = (req, res) => void res.end(req.url);
    const answer = await fetch(`${it.host.origin}/runner/healthz?a=1`, {
      headers: { 'x-alga-dev-user': 'signed-out' },
    });
    expect(await answer.text()).toBe('/healthz?a=1');
  });
});
