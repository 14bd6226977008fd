import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../registry/support/database.js';
import { startTestHost, type TestHost } from './support/test-host.js';

const POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'";

let server: TestServer;
let it: TestHost;
let path: string;

beforeAll(async () => {
  server = await startTestServer();
  it = await startTestHost(server);
  path = `/runner/ext-ui/${it.rows.registryId}/sha256%3A${'a'.repeat(64)}/index.html`;
});
afterAll(async () => {
  await it?.stop();
  await server?.stop();
});
beforeEach(() => {
  it.runner.files.length = 0;
});

describe('published files, through /runner', () => {
  test('GET and HEAD reach the runner without the prefix, query and escapes as they are', async () => {
    it.runner.file = (_req, res) => void res.writeHead(200, { etag: '"sha256-x"' }).end('page');
    const answer = await fetch(`${it.host.origin}${path}?tenant=t&path=%2F`);
    expect([answer.status, await answer.text(), answer.headers.get('etag')]).toEqual([
      200,
      'page',
      '"sha256-x"',
    ]);
    expect(it.runner.files[0]).toMatchObject({
      method: 'GET',
      url: `${path.slice('/runner'.length)}?tenant=t&path=%2F`,
    });
    expect((await fetch(`${it.host.origin}${path}`, { method: 'HEAD' })).status).toBe(200);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      expect((await fetch(`${it.host.origin}${path}`, { method })).status).toBe(405);
    }
    expect(it.runner.files.map(({ method }) => method)).toEqual(['GET', 'HEAD']);
  });

  test('the browser’s own headers are forwarded, nothing else; no cookie comes back', async () => {
    it.runner.file = (_req, res) => void res.writeHead(200, { 'set-cookie': 'a=b' }).end();
    const forwarded = {
      accept: 'a/b',
      'accept-encoding': 'identity',
      'accept-language': 'de',
      'if-modified-since': 'Sat, 21 Nov 2026 10:00:00 GMT',
      'if-none-match': '"x"',
      'user-agent': 'tester',
    };
    const answer = await fetch(`${it.host.origin}${path}`, {
      headers: {
        ...forwarded,
        cookie: 'session=1',
        authorization: 'Bearer x',
        'x-tenant-id': 't',
        'x-alga-tenant': 't',
        'x-forwarded-for': '1.2.3.4',
        'x-request-id': 'r',
      },
    });
    const { host: _host, connection: _connection, ...seen } = it.runner.files[0]?.headers ?? {};
    expect(seen).toEqual(forwarded);
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  test('ranges pass, the cache header of a good answer stays', async () => {
    it.runner.file = (_req, res) => void res.writeHead(200).end('x');
    const good = await fetch(`${it.host.origin}${path}`, { headers: { range: 'bytes=0-1' } });
    expect(it.runner.files[0]?.headers.range).toBe('bytes=0-1');
    expect(good.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    it.runner.file = (_req, res) => void res.writeHead(404).end();
    const missing = await fetch(`${it.host.origin}${path}`);
    expect([missing.status, missing.headers.get('cache-control')]).toEqual([404, 'no-store']);
  });

  test('the runner’s policy is kept; who may frame and where to report is added', async () => {
    it.runner.file = (_req, res) =>
      void res.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': POLICY }).end('x');
    const policy = (await fetch(`${it.host.origin}${path}`)).headers.get('content-security-policy');
    expect(policy).toBe(
      `${POLICY}; frame-ancestors 'self' ${it.host.origin}; report-uri /__alga/csp/${it.rows.registryId}`,
    );
  });

  test('redirects are not followed, so the runner cannot send the host elsewhere', async () => {
    it.runner.file = (_req, res) => void res.writeHead(307, { location: 'http://127.0.0.1:1/' }).end();
    expect((await fetch(`${it.host.origin}${path}`, { redirect: 'manual' })).status).toBe(307);
  });

  test('a runner that breaks off, or is not there, is 502', async () => {
    it.runner.file = (req) => void req.socket.destroy();
    const broken = await fetch(`${it.host.origin}${path}`);
    expect([broken.status, await broken.json()]).toEqual([502, { error: 'runner_proxy_error' }]);
    const own = await startTestHost(server);
    await own.runner.stop();
    const gone = await fetch(`${own.host.origin}${path}`);
    expect([gone.status, await gone.json()]).toEqual([502, { error: 'runner_unreachable' }]);
    await own.stop();
  });
});

describe('live files', () => {
  const live = (more = '') => `/runner/ext-ui/${it.rows.registryId}/live/${more}`;

  test('are served by the mounted handler with whole URLs, under the product’s policy plus one socket', async () => {
    const seen: { url: string | undefined; cookie: unknown; authorization: unknown }[] = [];
    it.host.mountUi(it.rows.registryId, (req, res) => {
      const { cookie, authorization } = req.headers;
      seen.push({ url: req.url, cookie, authorization });
      res.end('live');
    });
    const answer = await fetch(`${it.host.origin}${live('index.html?path=%2F')}`, {
      headers: { cookie: 'a=b', authorization: 'Bearer x' },
    });
    expect(await answer.text()).toBe('live');
    expect(seen).toEqual([{ url: live('index.html?path=%2F'), cookie: undefined, authorization: undefined }]);
    const { host, origin } = new URL(it.host.origin);
    expect(answer.headers.get('content-security-policy')).toBe(
      `${POLICY.replace("connect-src 'self'", `connect-src 'self' ws://${host}`)}; frame-ancestors 'self' ${origin}; ` +
        `report-uri /__alga/csp/${it.rows.registryId}`,
    );
    it.host.mountUi(it.rows.registryId, undefined);
    expect((await fetch(`${it.host.origin}${live('index.html')}`)).status).toBe(404);
    expect(it.runner.files).toEqual([]);
  });

  test.each([
    ['before', (res: ServerResponse) => res.setHeader('content-security-policy', "img-src 'none'")],
    ['with', (res: ServerResponse) => res.writeHead(200, { 'Content-Security-Policy': "img-src 'none'" })],
  ])(
    'a policy that the handler sets %s the head stays; framing and reports are added',
    async (_when, set) => {
      it.host.mountUi(it.rows.registryId, (_req, res) => {
        set(res);
        res.end('live');
      });
      const answer = await fetch(`${it.host.origin}${live('index.html')}`);
      expect(answer.headers.get('content-security-policy')).toBe(
        `img-src 'none'; frame-ancestors 'self' ${it.host.origin}; report-uri /__alga/csp/${it.rows.registryId}`,
      );
    },
  );

  test('what the handler passes on is 404', async () => {
    it.host.mountUi(it.rows.registryId, (_req, _res, next) => next());
    expect((await fetch(`${it.host.origin}${live('nothing.js')}`)).status).toBe(404);
    it.host.mountUi(it.rows.registryId, (_req, _res, next) => next(new Error('broken')));
    expect((await fetch(`${it.host.origin}${live('nothing.js')}`)).status).toBe(500);
  });
});

describe('sealed frames, whose origin is null', () => {
  const frames = () => it.host.origin.replace('localhost', '127.0.0.1');
  const keyPath = async (registryId: string = it.rows.registryId): Promise<string> => {
    const html = await (await fetch(`${it.host.origin}/msp/extensions/${registryId}`)).text();
    return /"sealedPath":"([^"]+)"/.exec(html)?.[1] ?? 'none';
  };
  const live = () => `/runner/ext-ui/${it.rows.registryId}/live/app.js`;
  const ask = (target: string, headers: Record<string, string> = { origin: 'null' }, method = 'GET') =>
    fetch(target, { headers, method });

  test('are given a key by the page, one for each extension', async () => {
    const other = '0b0b0204-25d9-57d0-951b-3ed518145469';
    const [own, others] = [await keyPath(), await keyPath(other)];
    expect(own).toMatch(new RegExp(`^/__alga/sealed/${it.rows.registryId}/[\\w-]{43}$`));
    expect(others.split('/')[3]).toBe(other);
    expect(others.split('/')[4]).not.toBe(own.split('/')[4]);
  });

  test('may read the live files: the handler sees its own path, and the path of the key before it', async () => {
    const seen: (string | undefined)[] = [];
    it.host.mountUi(it.rows.registryId, (req, res) => {
      seen.push(req.url, (req as { originalUrl?: string }).originalUrl);
      res.end('live');
    });
    const key = await keyPath();
    const answer = await ask(`${frames()}${key}${live()}?t=1`);
    expect(await answer.text()).toBe('live');
    expect(seen).toEqual([`${live()}?t=1`, `${key}${live()}?t=1`]);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'access-control-allow-origin': 'null',
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
      vary: 'origin',
    });
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    expect(answer.headers.get('content-security-policy')).toMatch(
      new RegExp(`; report-uri ${key}/__alga/csp/${it.rows.registryId}; sandbox allow-scripts$`),
    );
  });

  test('may read the published files, under the product’s policy', async () => {
    it.runner.file = (_req, res) =>
      void res.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': POLICY }).end('x');
    const key = await keyPath();
    const answer = await ask(`${frames()}${key}${path}?tenant=t`);
    expect(it.runner.files[0]?.url).toBe(`${path.slice('/runner'.length)}?tenant=t`);
    expect(answer.headers.get('access-control-allow-origin')).toBe('null');
    expect(answer.headers.get('content-security-policy')).toBe(
      `${POLICY}; frame-ancestors 'self' ${it.host.origin}; ` +
        `report-uri ${key}/__alga/csp/${it.rows.registryId}; sandbox allow-scripts`,
    );
  });

  test('may send reports, and nothing else', async () => {
    const key = await keyPath();
    const body = JSON.stringify({ 'csp-report': { 'blocked-uri': 'https://cdn.example/sealed.png' } });
    const headers = { origin: 'null', 'content-type': 'application/csp-report' };
    const report = await fetch(`${frames()}${key}/__alga/csp/${it.rows.registryId}`, {
      method: 'POST',
      headers,
      body,
    });
    expect(report.status).toBe(204);
    expect(it.seen.onCspViolation.pop()).toMatchObject({ blocked: 'https://cdn.example/sealed.png' });
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      expect((await ask(`${frames()}${key}${live()}`, { origin: 'null' }, method)).status).toBe(405);
    }
  });

  test.each<[string, (key: string, file: string) => string]>([
    ['no key', (_key, file) => `/__alga/sealed${file}`],
    ['an empty key', (key, file) => `${key.replace(/[^/]+$/, '')}${file}`],
    ['another key', (key, file) => `${key.replace(/.{3}$/, 'xyz')}${file}`],
    ['a longer key', (key, file) => `${key}x${file}`],
    [
      'the key of another extension',
      (key, file) => `${key.replace(it.rows.registryId, it.rows.installId)}${file}`,
    ],
    [
      'the files of another extension',
      (key, file) => `${key}${file.replace(it.rows.registryId, it.rows.installId)}`,
    ],
    ['the gateway', (key) => `${key}/api/ext/${it.rows.registryId}/hello`],
    ['a page', (key) => `${key}/msp/extensions/${it.rows.registryId}`],
    ['the author’s routes', (key) => `${key}/__alga/api/requests`],
    ['nothing', (key) => `${key}/`],
  ])('%s opens nothing, and names no origin', async (_name, target) => {
    it.host.mountUi(it.rows.registryId, (_req, res) => void res.end('live'));
    const answer = await ask(`${frames()}${target(await keyPath(), live())}`);
    expect(answer.status).toBe(403);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    expect(answer.headers.get('cross-origin-resource-policy')).toBe('same-origin');
  });

  test('the key is of no use under the page’s name, nor to an origin', async () => {
    const target = `${await keyPath()}${live()}`;
    expect((await ask(`${it.host.origin}${target}`)).status).toBe(403);
    for (const origin of ['https://evil.example', it.host.origin, frames()]) {
      expect((await ask(`${frames()}${target}`, { origin })).status).toBe(403);
    }
  });
});

test('reports of a policy reach the session; of an unknown extension, or in another form, they do not', async () => {
  const report = (id: string, body: unknown) =>
    fetch(`${it.host.origin}/__alga/csp/${id}`, {
      method: 'POST',
      headers: { 'content-type': 'application/csp-report' },
      body: JSON.stringify(body),
    });
  const body = {
    'csp-report': {
      'effective-directive': 'img-src',
      'blocked-uri': 'https://cdn.example/x.png',
      'line-number': 3,
    },
  };
  expect((await report(it.rows.registryId, body)).status).toBe(204);
  expect(it.seen.onCspViolation).toMatchObject([
    {
      extension: 'Example/com.example.demo',
      directive: 'img-src',
      blocked: 'https://cdn.example/x.png',
      line: 3,
    },
  ]);
  expect((await report('x', body)).status).toBe(400);
  expect((await report(it.rows.registryId, [])).status).toBe(400);
  expect(it.seen.onCspViolation).toHaveLength(1);
});
