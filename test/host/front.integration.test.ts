import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startTestServer, type TestServer } from '../registry/support/database.js';
import { eventually } from './support/eventually.js';
import { rawRequest, statusOf } from './support/raw-request.js';
import { startTestHost, type TestHost } from './support/test-host.js';

let server: TestServer;
let it: TestHost;
let port: string;

beforeAll(async () => {
  server = await startTestServer();
  it = await startTestHost(server);
  port = new URL(it.host.origin).port;
});
afterAll(async () => {
  await it?.stop();
  await server?.stop();
});

const get = (path: string, lines: readonly string[]) =>
  rawRequest(it.host.origin, `GET ${path} HTTP/1.1\n${[...lines, 'Connection: close'].join('\n')}\n\n`);
const health = async (...lines: string[]) => statusOf(await get('/__alga/health', lines));

describe('the name in Host', () => {
  test.each(['localhost:{port}', '127.0.0.1:{port}', '[::1]:{port}'])('%s is ours', async (host) => {
    expect(await health(`Host: ${host.replace('{port}', port)}`)).toBe(200);
  });

  test.each([
    'localhost',
    'localhost:1',
    'LOCALHOST:{port}',
    'localhost.:{port}',
    'localhost:{port}.',
    'evil.localhost:{port}',
    'localhost.evil.example:{port}',
    'evil.example:{port}',
    '127.0.0.1.evil.example:{port}',
    '127.0.0.2:{port}',
    '0.0.0.0:{port}',
    '2130706433:{port}',
    'user@localhost:{port}',
    'localhost:{port}@evil.example',
    '',
  ])('%s is not', async (host) => {
    expect(await health(`Host: ${host.replace('{port}', port)}`)).toBe(403);
  });

  test('none, or two, is a bad request', async () => {
    expect(await health()).toBe(400);
    expect(await health(`Host: localhost:${port}`, 'Host: evil.example')).toBe(400);
    expect(await health('Host: evil.example', `Host: localhost:${port}`)).toBe(400);
  });

  test('upgrades are judged the same way', async () => {
    const upgrade = ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'];
    const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
    const ask = async (host: string) =>
      statusOf(
        await rawRequest(
          it.host.origin,
          `GET /__alga/live HTTP/1.1\nHost: ${host}\n${[...upgrade, key].join('\n')}\n\n`,
        ),
      );
    expect(await ask('evil.example')).toBe(403);
    expect(await ask(`localhost:${port}`)).toBe(401);
  });
});

describe('no site is given CORS headers', () => {
  test.each(['/', '/api/ext/x/y', '/api/ext-proxy/x/y', '/__alga/health', '/runner/ext-ui/x/y/z'])(
    '%s',
    async (path) => {
      for (const origin of ['https://evil.example', 'null', it.host.origin]) {
        const answer = await fetch(`${it.host.origin}${path}`, { headers: { origin }, redirect: 'manual' });
        const cors = [...answer.headers.keys()].filter((name) => name.startsWith('access-control'));
        expect(cors).toEqual([]);
      }
    },
  );
});

describe('the live channel', () => {
  const connect = (protocols: string[], headers: Record<string, string> = {}, path = '/__alga/live') =>
    new Promise<string>((resolve) => {
      const socket = new WebSocket(`ws://localhost:${port}${path}`, protocols, { headers });
      socket.on('message', (data) => {
        resolve(JSON.parse(String(data)).type);
        socket.terminate();
      });
      socket.on('unexpected-response', (_request, answer) => resolve(String(answer.statusCode)));
      socket.on('error', () => resolve('error'));
      socket.on('close', () => resolve('closed'));
    });
  const token = () => `alga-token.${it.tokens.session}`;

  test('opens with the token of this session only', async () => {
    expect(await connect(['alga-live', token()])).toBe('hello');
    expect(await connect(['alga-live', token()], { origin: it.host.origin })).toBe('hello');
    expect(await connect(['alga-live'])).toBe('401');
    expect(await connect(['alga-live', 'alga-token.stale'])).toBe('401');
    expect(await connect(['alga-live', 'alga-token.'])).toBe('401');
    expect(await connect(['other', token()])).toBe('401');
  });

  test('a foreign origin, and null, is refused even with the token', async () => {
    for (const origin of ['https://evil.example', 'null', `http://127.0.0.1:${port}`, 'http://localhost:1']) {
      expect(await connect(['alga-live', token()], { origin })).toBe('403');
    }
  });

  test('no other path takes an upgrade', async () => {
    expect(await connect(['alga-live', token()], {}, '/__alga/live/')).toBe('404');
    expect(await connect(['vite-hmr'], {}, `/runner/ext-ui/${it.rows.registryId}/live/`)).toBe('404');
  });

  test('a message outside the schema closes the socket and does nothing', async () => {
    const said = async (text: string) => {
      const socket = new WebSocket(`ws://localhost:${port}/__alga/live`, ['alga-live', token()]);
      socket.on('open', () => socket.send(text));
      const code = await new Promise((resolve) => socket.on('close', resolve));
      return code;
    };
    for (const text of [
      'no json',
      '{}',
      '{"type":"read","file":"/etc/passwd"}',
      '{"type":"command","command":{"type":"quit"}}',
      '{"type":"command","command":{"type":"rebuild","shell":"x"}}',
    ]) {
      expect([text, await said(text)]).toEqual([text, 1008]);
    }
    expect(it.seen.onCommand).toEqual([]);
  });

  test('a command of a page reaches the session', async () => {
    const socket = new WebSocket(`ws://localhost:${port}/__alga/live`, ['alga-live', token()]);
    socket.on('open', () => socket.send('{"type":"command","command":{"type":"rebuild","extension":"a/b"}}'));
    await eventually(() => it.seen.onCommand).toEqual([{ type: 'rebuild', extension: 'a/b' }]);
    socket.terminate();
  });

  test('tells what happens, and how things stand to a page that comes later', async () => {
    const { registryId } = it.rows;
    const error = { code: 'X', message: 'broken', hint: 'mend it' };
    it.host.tell(registryId, { type: 'error', step: 'component', error });
    const socket = new WebSocket(`ws://localhost:${port}/__alga/live`, ['alga-live', token()]);
    const messages: { type: string; extensions?: { errors: unknown[] }[] }[] = [];
    socket.on('message', (data) => messages.push(JSON.parse(String(data))));
    await eventually(() => messages[0]?.extensions?.[0]?.errors).toEqual([{ step: 'component', error }]);
    it.host.tell(registryId, { type: 'step', step: 'component', state: 'done' });
    await eventually(() => messages.at(-1)).toMatchObject({ type: 'step', registryId });
    socket.terminate();
  });
});

describe('targets', () => {
  test.each([
    ['http://evil.example/', 400],
    ['//evil.example/', 400],
    ['/../etc/passwd', 400],
    ['/msp/%2e%2e/x', 400],
    ['/runner/ext-ui/./x', 400],
    ['/__alga/page/..%2f..%2fpackage.json', 404],
    ['/__alga/page/%2e%2e%2f', 404],
    ['/__alga/page/assets/page.css%00.html', 400],
    ['/__alga/page\\x', 400],
    ['/x#y', 400],
    ['/%zz', 400],
    ['/__alga/page/page/tsconfig.json', 404],
    ['/__alga/page/page/main.js?raw', 200],
    ['/__alga/page/page/main.js/', 404],
  ])('%s is %i', async (target, status) => {
    expect(statusOf(await get(target, [`Host: localhost:${port}`]))).toBe(status);
  });
});

describe('malformed requests do not end the process', () => {
  test.each([
    'GARBAGE\n\n',
    'GET / HTTP/9.9\nHost: x\n\n',
    'POST / HTTP/1.1\nHost: localhost\nContent-Length: 5\nTransfer-Encoding: chunked\n\n0\n\n',
    'GET /__alga/live HTTP/1.1\nHost: localhost\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Key: \n\n',
    `GET / HTTP/1.1\nHost: ${'a'.repeat(20_000)}\n\n`,
  ])('%j', async (text) => {
    await rawRequest(it.host.origin, text).catch(() => '');
    expect((await fetch(`${it.host.origin}/__alga/health`)).status).toBe(200);
  });
});

describe('the port', () => {
  test('both address families answer, with the nonce that was asked', async () => {
    for (const address of ['127.0.0.1', '::1']) {
      const answer = await rawRequest(
        it.host.origin,
        `GET /__alga/health?nonce=n-${address.length} HTTP/1.1\nHost: localhost:${port}\nConnection: close\n\n`,
        address,
      );
      expect(answer).toContain(`"nonce":"n-${address.length}"`);
    }
  });

  test.each(['127.0.0.1', '::1'])(
    'a port that somebody holds on %s only is left to them',
    async (address) => {
      const squatter: Server = createServer((socket) => socket.destroy());
      await new Promise<void>((resolve) => squatter.listen(0, address, resolve));
      const held = (squatter.address() as { port: number }).port;
      const own = await startTestHost(server, { preferredPort: held });
      expect(Number(new URL(own.host.origin).port)).not.toBe(held);
      expect((await fetch(`${own.host.origin}/__alga/health`)).status).toBe(200);
      await own.stop();
      await new Promise((resolve) => squatter.close(resolve));
    },
  );
});

describe('the frame’s name serves extension files only', () => {
  const frame = (path: string, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers, redirect: 'manual' });

  test('pages lead back to the page’s name', async () => {
    const answer = await frame(`/msp/extensions/${it.rows.registryId}?a=1`);
    expect(answer.status).toBe(307);
    expect(answer.headers.get('location')).toBe(`${it.host.origin}/msp/extensions/${it.rows.registryId}?a=1`);
  });

  test('code in the frame can call nothing else', async () => {
    for (const path of ['/api/ext/x/y', '/api/ext-proxy/x/y', '/__alga/health', '/api/ext-debug/stream']) {
      expect((await frame(path, { 'sec-fetch-site': 'same-origin' })).status).toBe(403);
    }
  });

  test('tools may use the name as well', async () => {
    expect((await frame(`/api/ext/${it.rows.registryId}/hello`)).status).toBe(200);
  });
});

describe('pages', () => {
  test('/ leads to the first extension', async () => {
    const answer = await fetch(it.host.origin, { redirect: 'manual' });
    expect(answer.headers.get('location')).toBe(`/msp/extensions/${it.rows.registryId}`);
  });

  test('our pages cannot be framed and run no inline script', async () => {
    for (const path of [
      '/msp/extensions/x',
      '/client-portal/extensions/x',
      '/msp/settings/extensions',
      '/msp/extensions',
    ]) {
      const answer = await fetch(`${it.host.origin}${path}`);
      const policy = answer.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).not.toMatch(/unsafe|\*/);
      expect(answer.headers.get('x-frame-options')).toBe('DENY');
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('cross-origin-resource-policy')).toBe('same-origin');
    }
  });

  test('names of extensions are data in the page, never markup', async () => {
    const extension = {
      registryId: it.rows.registryId,
      extension: 'Example/com.example.demo',
      label: 'Demo',
    };
    const rest = { tenantId: it.database.tenantId, hasUi: true, projectRoot: '/nowhere' };
    it.host.addExtension({ ...extension, ...rest, displayName: '</script><script>alert(1)</script>' });
    const html = await (await fetch(`${it.host.origin}/msp/extensions/${it.rows.registryId}`)).text();
    expect(html).not.toContain('<script>alert');
    it.host.addExtension({ ...extension, ...rest, displayName: 'Demo' });
  });

  test('the proof of what is served', async () => {
    const answer = await fetch(`${it.host.origin}/__alga/served/${it.rows.registryId}`);
    expect(await answer.json()).toMatchObject({
      contentHash: expect.stringMatching(/^sha256:/),
      version: '1.0.0',
    });
    expect((await fetch(`${it.host.origin}/__alga/served/x`)).status).toBe(404);
  });
});

describe('leaving', () => {
  test('ends open sockets and held requests at once, and can be asked twice', async () => {
    const own = await startTestHost(server);
    const { port: ownPort } = new URL(own.host.origin);
    own.runner.transport = () => undefined;
    const url = `${own.host.origin}/api/ext/${own.rows.registryId}/hello`;
    const waiting = fetch(url).catch(() => 'ended');
    own.host.holdRequests(own.rows.registryId);
    const held = fetch(url).catch(() => 'ended');
    const socket = new WebSocket(`ws://localhost:${ownPort}/__alga/live`, [
      'alga-live',
      `alga-token.${own.tokens.session}`,
    ]);
    await new Promise((resolve) => socket.on('message', resolve));
    const closed = new Promise((resolve) => socket.on('close', resolve));
    const began = performance.now();
    await Promise.all([own.host.stop(), own.host.stop()]);
    // Far less than what the answers and holds under way would take.
    expect(performance.now() - began).toBeLessThan(5000);
    await closed;
    expect(await Promise.all([waiting, held])).toEqual(['ended', 'ended']);
    await expect(fetch(url)).rejects.toThrow();
    await own.stop();
  });
});
