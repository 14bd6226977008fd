import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { build } from 'rolldown';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../src/core/entry.js';
import { startTestServer, type TestServer } from '../registry/support/database.js';
import { chromiumPath, launchBrowser } from '../support/browser.js';
import { eventually } from './support/eventually.js';
import { startTestHost, type TestHost } from './support/test-host.js';

const modules = join(packageRoot(), 'node_modules');
const SDK = join(modules, '@alga-psa', 'extension-iframe-sdk');
const KIT = join(modules, '@alga-psa', 'ui-kit');

/** An extension written with the published packages, as their samples are. */
const APP = `
  import { createElement as h, useEffect, useState } from 'react';
  import { createRoot } from 'react-dom/client';
  import { callHandlerJson, IframeBridge, navigate, subscribeTheme, useResize } from '@alga-psa/extension-iframe-sdk';
  import { Button, Card } from '@alga-psa/ui-kit';

  const bridge = new IframeBridge({ devAllowWildcard: true });
  subscribeTheme(bridge);

  function App() {
    const [answer, setAnswer] = useState('');
    const resize = useResize(bridge);
    useEffect(() => bridge.ready(), []);
    const call = async (options) => {
      try {
        setAnswer(JSON.stringify(await callHandlerJson(bridge.uiProxy ?? bridge, '/hello', options)));
      } catch (error) {
        setAnswer('failed: ' + error.message);
      }
    };
    return h(Card, {},
      h('p', { id: 'answer' }, answer),
      h(Button, { onClick: () => call({}) }, 'get'),
      h(Button, { onClick: () => call({ method: 'PUT', body: { a: 1 } }) }, 'put'),
      h(Button, { onClick: () => resize(777) }, 'resize'),
      h(Button, { onClick: () => navigate(bridge, '/msp') }, 'navigate'),
    );
  }
  createRoot(document.getElementById('root')).render(h(App));
`;

const HTML =
  '<!doctype html><meta charset="utf-8"><title>x</title><div id="root"></div><script type="module" src="app.js"></script>';

describe.skipIf(!chromiumPath || !existsSync(SDK) || !existsSync(KIT))('the published SDK and UI kit', () => {
  let server: TestServer;
  let it: TestHost;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    const { output } = await build({
      input: 'app',
      write: false,
      platform: 'browser',
      logLevel: 'silent',
      transform: { define: { 'process.env.NODE_ENV': '"production"' } },
      plugins: [
        {
          name: 'app',
          resolveId: (id: string) => (id === 'app' ? join(packageRoot(), 'app.js') : null),
          load: (id: string) => (id === join(packageRoot(), 'app.js') ? APP : null),
        },
      ],
    });
    const fonts = join(modules, 'playwright-core', 'lib', 'vite', 'traceViewer');
    const name = (await readdir(fonts)).find((file) => file.endsWith('.ttf')) ?? 'none';
    const font = await readFile(join(fonts, name));
    server = await startTestServer();
    it = await startTestHost(server);
    it.host.mountUi(it.rows.registryId, (req, res) => {
      const script = req.url?.includes('app.js');
      if (req.url?.includes('icons.woff2')) return res.end(font);
      res.setHeader('content-type', script ? 'text/javascript' : 'text/html');
      res.end(script ? output[0].code : HTML);
    });
    browser = await launchBrowser();
    page = await browser.newPage();
    await page.goto(it.host.origin);
  });
  afterAll(async () => {
    await browser?.close();
    await it?.stop();
    await server?.stop();
  });

  const frame = () => page.frameLocator('iframe[title="Extension App"]');

  test('a handler is called and answers', async () => {
    await frame().getByRole('button', { name: 'get' }).click();
    await frame().getByText('{"ok":true}').waitFor();
    expect(it.runner.seen.at(-1)?.body.http).toMatchObject({ method: 'GET', path: '/hello' });
    it.runner.guest = ({ body }) => ({ body: Buffer.from(body.http.body_b64, 'base64').toString() });
    await frame().getByRole('button', { name: 'put' }).click();
    await frame().getByText('{"a":1}').waitFor();
    it.runner.guest = () => ({ status: 409, body: 'no' });
    await frame().getByRole('button', { name: 'get' }).click();
    await frame().getByText('failed: Proxy error 409: no').waitFor();
  });

  test('the theme arrives, in both modes', async () => {
    const inside = page.frames().find((known) => known.url().includes('/ext-ui/'));
    const background = () => inside?.evaluate(`document.documentElement.style.getPropertyValue('--alga-bg')`);
    await eventually(background).toBe('#f7f8fa');
    await page.getByRole('button', { name: 'Light / dark' }).click();
    await eventually(background).toBe('#0c0a18');
  });

  test('resize and navigate do what they do in Alga', async () => {
    await frame().getByRole('button', { name: 'resize' }).click();
    await eventually(() => page.evaluate(`document.querySelector('.frame').style.height`)).toBe('777px');
    await frame().getByRole('button', { name: 'navigate' }).click();
    await page.getByText('Alga ignores it').waitFor();
  });

  test('in a sealed frame all of it works as well', async () => {
    it.runner.guest = ({ body }) => ({ body: `{"method":"${body.http.method}"}` });
    await page.getByRole('combobox', { name: 'Frame' }).selectOption('sealed');
    await frame().getByRole('button', { name: 'put' }).click();
    await frame().getByText('{"method":"PUT"}').waitFor();
    const inside = page.frames().find((known) => known.url().includes('/ext-ui/'));
    expect(await inside?.evaluate('window.origin')).toBe('null');
    expect(
      await inside?.evaluate(`new FontFace('icons', 'url(icons.woff2)').load().then(({ status }) => status)`),
    ).toBe('loaded');
    const background = () => inside?.evaluate(`document.documentElement.style.getPropertyValue('--alga-bg')`);
    await eventually(background).toBe('#0c0a18');
    await frame().getByRole('button', { name: 'resize' }).click();
    await eventually(() => page.evaluate(`document.querySelector('.frame').style.height`)).toBe('777px');
  });

  test('nothing it does is blocked by the policy', () => {
    expect(it.seen.onCspViolation).toEqual([]);
  });
});
