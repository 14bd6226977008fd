import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createHost } from '../../src/host/index.js';
import { startTestServer, type TestServer } from '../registry/support/database.js';
import { rawRequest, statusOf } from './support/raw-request.js';
import { startTestHost, type TestHost } from './support/test-host.js';

/** Of this machine, and yet none of the names that are ours without a token. */
const ADDRESS = '127.0.0.2';

// Only Linux answers for all of 127.0.0.0/8 without being told to.
describe.runIf(process.platform === 'linux')('opened beyond loopback', () => {
  let server: TestServer;
  let it: TestHost;
  let far: string;

  beforeAll(async () => {
    server = await startTestServer();
    it = await startTestHost(server, { address: ADDRESS });
    far = `http://${ADDRESS}:${new URL(it.host.origin).port}`;
  });
  afterAll(async () => {
    await it?.stop();
    await server?.stop();
  });

  const paths = () => [
    '/',
    '/msp/settings/extensions',
    `/msp/extensions/${it.rows.registryId}`,
    '/__alga/health',
    '/__alga/page/page/main.js',
    '/__alga/api/requests',
    `/api/ext/${it.rows.registryId}/hello`,
    `/api/ext-proxy/${it.rows.registryId}/hello`,
    `/api/ext-debug/stream?extensionId=${it.rows.registryId}`,
    `/runner/ext-ui/${it.rows.registryId}/live/index.html`,
    `/ext-ui/${it.rows.registryId}/x/index.html`,
    '/api/installs/validate',
  ];

  test('nothing at all is read without the token', async () => {
    for (const path of paths()) {
      const answer = await fetch(`${far}${path}`, { redirect: 'manual' });
      expect([path, answer.status]).toEqual([path, 401]);
      expect(await answer.text()).not.toContain(it.tokens.session);
    }
    for (const wrong of ['guess', '', `${it.tokens.session}x`]) {
      expect((await fetch(`${far}/__alga/health`, { headers: { 'x-alga-token': wrong } })).status).toBe(401);
      expect((await fetch(`${far}/?alga-token=${wrong}`, { redirect: 'manual' })).status).toBe(401);
    }
    expect(it.runner.seen).toEqual([]);
  });

  test('nothing at all is changed without the token', async () => {
    const url = `${far}/api/ext/${it.rows.registryId}/hello?alga-token=${it.tokens.session}`;
    expect((await fetch(url, { method: 'POST' })).status).toBe(401);
    expect(it.runner.seen).toEqual([]);
  });

  test('the printed address gives the token as a cookie and takes it out of the address', async () => {
    const [url] = it.host.wideUrls;
    expect(url).toBe(`${far}/?alga-token=${it.tokens.session}`);
    const answer = await fetch(`${String(url)}&tab=logs`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/?tab=logs']);
    const cookie = String(answer.headers.get('set-cookie'));
    expect(cookie).toMatch(/; HttpOnly/);
    expect(cookie).toMatch(/; SameSite=Strict/);
    const [pair = ''] = cookie.split(';');
    for (const path of ['/__alga/health', `/api/ext/${it.rows.registryId}/hello`]) {
      expect((await fetch(`${far}${path}`, { headers: { cookie: pair } })).status).toBe(200);
    }
    const page = await fetch(`${far}/msp/settings/extensions`, { headers: { cookie: pair } });
    const html = await page.text();
    // The extension's frame is another origin there, too.
    const frame = /"frameOrigin":"(http:\/\/127\.0\.0\.2:\d+)"/.exec(html)?.[1];
    expect(frame).toBeDefined();
    expect(frame).not.toBe(far);
    expect(page.headers.get('content-security-policy')).toContain(`frame-src 'self' ${frame}`);
    const back = await fetch(`${frame}/msp/settings/extensions`, {
      headers: { cookie: pair },
      redirect: 'manual',
    });
    expect(back.headers.get('location')).toBe(`${far}/msp/settings/extensions`);
    expect((await fetch(`${frame}/runner/ext-ui/x`)).status).toBe(401);
  });

  test('an address that begins with two slashes does not lead elsewhere', async () => {
    const raw = await rawRequest(
      far,
      `GET //evil.example/?alga-token=${it.tokens.session} HTTP/1.1\nHost: ${new URL(far).host}\nConnection: close\n\n`,
      ADDRESS,
    );
    expect(raw).not.toMatch(/location: (?:https?:)?\/\//i);
  });

  test.each(['localhost:{port}', '127.0.0.1:{port}', 'evil.example', 'evil.example:{port}', '{address}'])(
    'the name %s does not help from there, not even with the token',
    async (name) => {
      const host = name.replace('{port}', new URL(far).port).replace('{address}', ADDRESS);
      const raw = await rawRequest(
        far,
        `GET /__alga/health HTTP/1.1\nHost: ${host}\nx-alga-token: ${it.tokens.session}\nConnection: close\n\n`,
        ADDRESS,
      );
      expect(statusOf(raw)).toBe(403);
    },
  );

  test('sockets open with the token only', async () => {
    const open = (headers: Record<string, string>): Promise<string> =>
      new Promise((resolve) => {
        const protocols = ['alga-live', `alga-token.${it.tokens.session}`];
        const socket = new WebSocket(`${far.replace('http', 'ws')}/__alga/live`, protocols, { headers });
        socket.on('open', () => resolve('open'));
        socket.on('error', (error) => resolve(error.message));
        socket.on('open', () => socket.close());
      });
    expect(await open({})).toContain('401');
    expect(await open({ cookie: `alga-dev-token=${it.tokens.session}` })).toBe('open');
  });

  test('on this machine everything stays as it was', async () => {
    expect((await fetch(`${it.host.origin}/__alga/health`)).status).toBe(200);
  });

  test('it closes with the session', async () => {
    const other = await startTestHost(server, { address: ADDRESS });
    const url = `http://${ADDRESS}:${new URL(other.host.origin).port}/`;
    expect((await fetch(url)).status).toBe(401);
    await other.stop();
    await expect(fetch(url)).rejects.toThrow();
  });

  test.each(['203.0.113.7', 'my-laptop'])(
    'an address that is not this machine’s is refused: %s',
    async (address) => {
      const { registry, tokens } = it;
      const events = {
        onRequest: () => undefined,
        onGuestLog: () => undefined,
        onCspViolation: () => undefined,
        onCommand: () => undefined,
      };
      const host = createHost({ registry, runnerUrl: () => '', tokens, preferredPort: 0, events, address });
      await expect(host.start()).rejects.toMatchObject({ code: 'HOST_ADDRESS_UNUSABLE', exitCode: 3 });
      await host.stop();
    },
  );

  test('without the option only loopback listens', async () => {
    const other = await startTestHost(server);
    expect(other.host.wideUrls).toEqual([]);
    await expect(fetch(`http://${ADDRESS}:${new URL(other.host.origin).port}/`)).rejects.toThrow();
    await other.stop();
  });
});
