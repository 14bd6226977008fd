import type { Browser, Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../registry/support/database.js';
import { chromiumPath, launchBrowser } from '../support/browser.js';
import { eventually } from './support/eventually.js';
import { extensionFrame, heard, mountExtension, openExtension, post } from './support/extension-page.js';
import { startTestHost, type TestHost } from './support/test-host.js';

describe.skipIf(!chromiumPath)('the page and the frame talk', () => {
  let server: TestServer;
  let it: TestHost;
  let browser: Browser;
  let page: Page;
  let frame: Frame;

  beforeAll(async () => {
    server = await startTestServer();
    it = await startTestHost(server);
    mountExtension(it);
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await it?.stop();
    await server?.stop();
  });
  beforeEach(async () => {
    it.runner.guest = () => ({ headers: { 'content-type': 'application/json' }, body: '{"ok":true}' });
    it.runner.seen.length = 0;
    const context = await browser.newContext();
    ({ page, frame } = await openExtension(context, it));
    return () => context.close();
  });

  const iframe = () => page.locator('iframe[title="Extension App"]');
  const remark = (text: string | RegExp) =>
    page.getByRole('list', { name: 'Remarks' }).getByText(text).waitFor();
  const answer = async (id: string) =>
    (await heard(frame)).find(({ type, request_id }) => type === 'apiproxy_response' && request_id === id)
      ?.payload;
  const call = async (payload: unknown, id: string = crypto.randomUUID()) => {
    await post(frame, 'apiproxy', payload, id);
    await eventually(() => answer(id)).toBeDefined();
    return answer(id);
  };

  test('the frame has the product’s sandbox, title and address, and an origin of its own', async () => {
    expect(await iframe().getAttribute('sandbox')).toBe(
      'allow-scripts allow-forms allow-popups allow-same-origin',
    );
    expect(await iframe().getAttribute('allow')).toBeNull();
    const src = new URL((await iframe().getAttribute('src')) ?? '');
    expect(src.pathname).toBe(`/runner/ext-ui/${it.rows.registryId}/live/index.html`);
    expect(src.search).toBe(
      `?path=%2F&tenant=${it.database.tenantId}&extensionId=${it.rows.registryId}&parentOrigin=${encodeURIComponent(it.host.origin)}`,
    );
    expect(src.hostname).toBe('127.0.0.1');
    expect(await frame.evaluate('location.origin')).toBe(src.origin);
  });

  test('ready takes the overlay away and is answered with the theme, 31 tokens, anew when it changes', async () => {
    await page.locator('.extension-loading-overlay').waitFor({ state: 'detached' });
    const themes = async () => (await heard(frame)).filter(({ type }) => type === 'theme');
    await eventually(async () => (await themes()).length).toBe(1);
    const [light] = await themes();
    expect(light?.origin).toBe(it.host.origin);
    expect(Object.keys(light?.payload)).toHaveLength(31);
    expect(light?.payload).toMatchObject({
      '--alga-primary': '#8a4dea',
      '--alga-bg': '#f7f8fa',
      '--alga-fg': '#0f172a',
      '--alga-radius': '8px',
      '--alga-ring': '0 0% 0%',
    });
    await page.getByRole('button', { name: 'Light / dark' }).click();
    await eventually(async () => (await themes()).at(-1)?.payload['--alga-bg']).toBe('#0c0a18');
    await post(frame, 'ready');
    await eventually(async () => (await themes()).length).toBe(3);
  });

  test('resize sets the height, between 100 and 4000', async () => {
    const height = () => page.evaluate(`document.querySelector('.frame').style.height`);
    for (const [given, set] of [
      [640.9, '640px'],
      [1, '100px'],
      [99_999, '4000px'],
    ]) {
      await post(frame, 'resize', { height: given });
      await eventually(height).toBe(set);
    }
    await post(frame, 'resize', { height: 'tall' });
    await post(frame, 'resize', {});
    await post(frame, 'navigate', { path: '/x' });
    await remark(/navigate: Alga ignores it/);
    expect(await height()).toBe('4000px');
  });

  test('apiproxy calls the handler: POST by default, octet-stream, query kept, body in base64', async () => {
    const got = await call({ route: 'hello?a=1', body: btoa('{"x":1}') });
    expect(JSON.parse(atob(got.body))).toEqual({ ok: true });
    const { http } = it.runner.seen[0]?.body ?? {};
    expect(http).toMatchObject({ method: 'POST', path: '/hello', query: { a: '1' } });
    expect(http.headers['content-type']).toBe('application/octet-stream');
    expect(Buffer.from(http.body_b64, 'base64').toString()).toBe('{"x":1}');
  });

  test('a GET has no body, a DELETE may; an empty answer has none', async () => {
    it.runner.guest = () => ({ status: 204 });
    expect(await call({ route: '/hello', method: 'GET', body: btoa('x') })).toEqual({});
    expect(it.runner.seen[0]?.body.http).not.toHaveProperty('body_b64');
    await call({ route: '/hello', method: 'delete', body: btoa('x') });
    expect(it.runner.seen[1]?.body.http).toMatchObject({ method: 'DELETE', body_b64: btoa('x') });
  });

  test('bytes come through as they are', async () => {
    const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256);
    it.runner.guest = ({ body }) => ({ body: Buffer.from(body.http.body_b64, 'base64').toString('base64') });
    const got = await call({ route: '/hello', body: Buffer.from(bytes).toString('base64') });
    expect(Buffer.from(atob(got.body), 'base64').equals(Buffer.from(bytes))).toBe(true);
  });

  test('what is not 2xx is an error with status and text', async () => {
    it.runner.guest = () => ({ status: 422, body: 'not like this' });
    expect(await call({ route: '/hello' })).toEqual({ error: 'Proxy error 422: not like this' });
    expect(await call({ route: '/undeclared', method: 'GET' })).toEqual({
      error: 'Proxy error 404: {"error":"endpoint_not_found"}',
    });
  });

  test('an unknown method is never answered, a missing request id is dropped; both are remarked', async () => {
    await post(frame, 'apiproxy', { route: '/hello', method: 'TRACE' }, 'traced');
    await remark(/method TRACE: Alga never answers it/);
    await post(frame, 'apiproxy', { route: '/hello' });
    await remark(/without a request_id/);
    await call({ route: '/hello' });
    expect(await answer('traced')).toBeUndefined();
    expect(it.runner.seen).toHaveLength(1);
  });

  test.each(['/../../__alga/health', '/a/%2e%2E/x', '/..\\x', '/hello/..'])(
    'the route %s is refused and remarked',
    async (route) => {
      expect(await call({ route, method: 'GET' })).toEqual({
        error: expect.stringContaining('dot segments'),
      });
      await remark(/refuses dot segments/);
    },
  );

  test('messages of another window are dropped, although they come from the frame’s own origin', async () => {
    await frame.evaluate(`{
      const inner = document.createElement('iframe');
      inner.src = location.pathname.replace('index.html', 'app.js');
      document.body.append(inner);
    }`);
    await eventually(() => page.frames().some((known) => known.url().endsWith('app.js'))).toBe(true);
    const inner = page.frames().find((known) => known.url().endsWith('app.js'));
    await inner?.evaluate(
      `top.postMessage({ alga: true, version: '1', type: 'apiproxy', request_id: 'x', payload: { route: '/hello' } }, '*')`,
    );
    await call({ route: '/hello' });
    expect(it.runner.seen).toHaveLength(1);
  });

  test('as in docker: the page’s own origin, no theme', async () => {
    await page.getByRole('combobox', { name: 'Frame' }).selectOption('docker');
    frame = await extensionFrame(page);
    expect(await frame.evaluate('location.origin')).toBe(it.host.origin);
    await call({ route: '/hello' });
    expect((await heard(frame)).map(({ type }) => type)).toEqual(['apiproxy_response']);
    await remark(/as in Alga with docker/);
  });

  test('as in the cloud: no parentOrigin, with the theme', async () => {
    await page.getByRole('combobox', { name: 'Frame' }).selectOption('cloud');
    frame = await extensionFrame(page);
    expect(await frame.evaluate('location.search')).toBe(
      `?tenant=${it.database.tenantId}&extensionId=${it.rows.registryId}`,
    );
    await eventually(async () => (await heard(frame)).map(({ type }) => type)).toContain('theme');
  });

  test('sealed: no origin at all, and everything but its place in the sandbox as in the cloud', async () => {
    await page.getByRole('combobox', { name: 'Frame' }).selectOption('sealed');
    frame = await extensionFrame(page);
    expect(await iframe().getAttribute('sandbox')).toBe('allow-scripts');
    expect(await frame.evaluate('[window.origin, location.search]')).toEqual([
      'null',
      `?tenant=${it.database.tenantId}&extensionId=${it.rows.registryId}`,
    ]);
    await remark(/The product itself is looser/);
    await page.locator('.extension-loading-overlay').waitFor({ state: 'detached' });
    await eventually(async () => (await heard(frame)).map(({ type }) => type)).toContain('theme');
    const got = await call({ route: 'hello', body: btoa('x') });
    expect(JSON.parse(atob(got.body))).toEqual({ ok: true });
    await post(frame, 'resize', { height: 321 });
    await eventually(() => page.evaluate(`document.querySelector('.frame').style.height`)).toBe('321px');
    const storage = `(() => { try { return localStorage.length; } catch { return 'refused'; } })()`;
    expect(await frame.evaluate(storage)).toBe('refused');
    await frame.evaluate(
      `document.body.append(Object.assign(new Image(), { src: 'https://cdn.example/sealed.png' }))`,
    );
    await remark(/img-src https:\/\/cdn\.example\/sealed\.png/);
    // A window of the same origin `null` is not the frame.
    await page.evaluate(`document.body.append(Object.assign(document.createElement('iframe'),
      { sandbox: 'allow-scripts', name: 'other', src: document.querySelector('.frame').src }))`);
    await eventually(() => page.frame('other')?.evaluate('window.heard !== undefined')).toBe(true);
    const stranger = page.frame('other');
    expect(await stranger?.evaluate('window.origin')).toBe('null');
    if (stranger) await post(stranger, 'apiproxy', { route: '/hello' }, 'strange');
    await call({ route: '/hello' });
    expect(it.runner.seen).toHaveLength(2);
  });

  test('a blocked script is remarked on the page and reported to the session', async () => {
    await frame.evaluate(`{
      const script = document.createElement('script');
      script.src = 'https://cdn.example/x.js';
      document.body.append(script);
    }`);
    await remark(/script-src-elem https:\/\/cdn\.example\/x\.js/);
    expect(it.seen.onCspViolation.at(-1)).toMatchObject({ blocked: 'https://cdn.example/x.js' });
  });

  test('the portal’s page is the same, for a portal user', async () => {
    await page.getByRole('combobox', { name: 'Act as' }).selectOption('dana');
    await page.waitForURL(/client-portal/);
    frame = await extensionFrame(page);
    await call({ route: '/hello' });
    expect(it.runner.seen.at(-1)?.body.user).toMatchObject({
      user_type: 'client',
      client_id: expect.any(String),
    });
    await page.getByRole('combobox', { name: 'Act as' }).selectOption('newcomer');
    await page.waitForURL(/msp/);
    frame = await extensionFrame(page);
    expect(await call({ route: '/hello' })).toEqual({ error: 'Proxy error 403: {"error":"forbidden"}' });
  });
});
