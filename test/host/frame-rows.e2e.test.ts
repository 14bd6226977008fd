import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Browser, Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createUiServer } from '../../src/build/ui/index.js';
import type { Manifest } from '../../src/project/types.js';
import { addEmbeddedTenant } from '../../src/registry/index.js';
import { startTestServer, type TestServer } from '../registry/support/database.js';
import { publication } from '../registry/support/publication.js';
import { chromiumPath, launchBrowser } from '../support/browser.js';
import { scratchProject } from '../support/scratch.js';
import { eventually } from './support/eventually.js';
import { extensionFrame, heard, mountExtension, openExtension, post } from './support/extension-page.js';
import { startTestHost, type TestHost } from './support/test-host.js';
import { THEME_TABLE } from './support/theme-table.js';

const SILENT = '<!doctype html><meta charset="utf-8"><h1>Silent extension</h1>';

describe.skipIf(!chromiumPath)('the frame, the messages and the menus of the product', () => {
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
    ({ page, frame } = await openExtension(browser, it));
  });
  afterAll(async () => {
    await browser?.close();
    await it?.stop();
    await server?.stop();
  });

  const iframe = () => page.locator('iframe[title="Extension App"]');
  const overlay = () => page.locator('.extension-loading-overlay');
  const choose = async (style: string): Promise<void> => {
    await page.getByRole('combobox', { name: 'Frame' }).selectOption(style);
    frame = await extensionFrame(page);
  };
  const answerTo = (id: string) =>
    eventually(
      async () =>
        (await heard(frame)).find(({ type, request_id }) => type === 'apiproxy_response' && request_id === id)
          ?.payload,
    );
  const themes = async () => (await heard(frame)).filter(({ type }) => type === 'theme');
  const send = (message: unknown) => frame.evaluate(`parent.postMessage(${JSON.stringify(message)}, '*')`);

  test('the element has no attribute that the product does not set', async () => {
    const names = await iframe().evaluate((element) =>
      (element as unknown as { getAttributeNames(): string[] }).getAttributeNames(),
    );
    expect(names.sort()).toEqual(['class', 'sandbox', 'src', 'title']);
  });

  test('all 31 tokens of the theme, light and dark', async () => {
    await eventually(async () => (await themes()).length).toBe(1);
    const payload = async () => (await themes()).at(-1)?.payload as Record<string, string>;
    const column = (index: 1 | 2) => Object.fromEntries(THEME_TABLE.map((row) => [row[0], row[index]]));
    expect(await payload()).toEqual(column(1));
    await page.getByRole('button', { name: 'Light / dark' }).click();
    await eventually(async () => (await payload())['--alga-bg']).toBe('#0c0a18');
    expect(await payload()).toEqual(column(2));
    await page.getByRole('button', { name: 'Light / dark' }).click();
  });

  test('messages without alga, version or payload are taken, but for ready', async () => {
    const before = (await themes()).length;
    await send({ type: 'ready' });
    await send({ alga: true, version: '2', type: 'ready' });
    await send({ type: 'resize', payload: { height: 222 } });
    await send({ type: 'apiproxy', request_id: 'bare', payload: { route: '/hello' } });
    await answerTo('bare').toBeDefined();
    expect(await page.evaluate(`document.querySelector('.frame').style.height`)).toBe('222px');
    await send({ type: 'apiproxy', request_id: 'none' });
    await answerTo('none').toEqual({ error: 'Proxy error 404: {"error":"endpoint_not_found"}' });
    expect(await themes()).toHaveLength(before);
    await send({ alga: true, version: '1', type: 'ready' });
    await eventually(async () => (await themes()).length).toBe(before + 1);
  });

  test('a network failure is told in the browser’s words; no bootstrap, no token is ever sent', async () => {
    await page.route('**/api/ext-proxy/**', (route) => route.abort());
    await post(frame, 'apiproxy', { route: '/hello' }, 'cut');
    await answerTo('cut').toEqual({ error: expect.stringMatching(/fetch/i) });
    await page.unroute('**/api/ext-proxy/**');
    const types = new Set((await heard(frame)).map(({ type }) => type));
    expect([...types].sort()).toEqual(['apiproxy_response', 'theme']);
  });

  test('the referrer is the origin from another origin, the whole address in docker; another address is another frame', async () => {
    expect(await frame.evaluate('document.referrer')).toBe(`${it.host.origin}/`);
    await iframe().evaluate((element) => Object.assign(element, { marked: true }));
    await choose('docker');
    expect(await iframe().evaluate((element) => 'marked' in element)).toBe(false);
    expect(await frame.evaluate('document.referrer')).toBe(page.url());
  });

  test('as in docker the frame may read the page and call the app with its cookies', async () => {
    expect(await frame.evaluate('parent.document.title')).toBe(await page.title());
    const call = `fetch('/api/ext/${it.rows.registryId}/hello').then((answer) => answer.text())`;
    expect(await frame.evaluate(call)).toBe('{"ok":true}');
    await choose('separate');
  });

  test('a runner’s error is shown as it is, inside the frame', async () => {
    it.runner.file = (_req, res) =>
      void res.writeHead(502, { 'content-type': 'application/json' }).end('{"code":"archive_hash_mismatch"}');
    await page.getByRole('button', { name: 'Published' }).click();
    await page.frameLocator('iframe[title="Extension App"]').getByText('archive_hash_mismatch').waitFor();
    await overlay().waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Live' }).click();
  });

  test('an extension that never says it is ready: the overlay goes after 1500 ms, in docker with `load`', async () => {
    it.host.mountUi(
      it.rows.registryId,
      (_req, res) => void res.setHeader('content-type', 'text/html').end(SILENT),
    );
    await page.clock.install();
    const silent = page.frameLocator('iframe[title="Extension App"]').getByText('Silent extension');
    await page.goto(page.url());
    await silent.waitFor();
    await page.clock.pauseAt(Date.now() + 3_600_000);
    await page.getByRole('button', { name: 'Reload' }).click();
    await silent.waitFor();
    const shown = overlay().and(page.getByRole('status'));
    expect(await shown.count()).toBe(1);
    expect(await page.locator('.frame-fit').getAttribute('aria-busy')).toBe('true');
    await page.clock.runFor(1499);
    expect(await shown.count()).toBe(1);
    await page.clock.runFor(1);
    expect(await shown.count()).toBe(0);
    expect(await page.locator('.frame-fit').getAttribute('aria-busy')).toBeNull();
    await page.getByRole('combobox', { name: 'Frame' }).selectOption('docker');
    await silent.waitFor();
    await shown.waitFor({ state: 'detached' });
    const remark = page.getByText('devAllowWildcard: true');
    await page.clock.runFor(4000);
    expect(await remark.count()).toBe(0);
    await page.getByRole('combobox', { name: 'Frame' }).selectOption('cloud');
    await silent.waitFor();
    await page.clock.runFor(4000);
    await remark.waitFor();
    await page.close();
    mountExtension(it);
  });

  test('a cut of the socket of hot updates costs no frame its state', async () => {
    const project = await scratchProject('ui-react', 'cut');
    const { registryId } = it.rows;
    const { httpServer } = it.host;
    const ui = await createUiServer({
      projectRoot: project.root,
      ui: { root: join(project.root, 'ui'), kind: 'vite', viteConfig: join(project.root, 'vite.config.ts') },
      base: `/runner/ext-ui/${registryId}/live/`,
      httpServer,
      onUpdate: () => undefined,
      onError: (error) => expect.fail(error.message),
      onRecovered: () => undefined,
    });
    it.host.mountUi(registryId, ui.handle);
    const sockets: Duplex[] = [];
    const note = (request: { url?: string }, socket: Duplex): void => {
      if (request.url?.includes('/live/')) sockets.push(socket);
    };
    httpServer.prependListener('upgrade', note);
    const other = await browser.newPage();
    await other.goto(`${it.host.origin}/msp/extensions/${registryId}`);
    const text = (words: string) => other.frameLocator('iframe[title="Extension App"]').getByText(words);
    let before = 'Clicked {';
    for (const style of ['separate', 'docker', 'cloud', 'sealed']) {
      await other.getByRole('combobox', { name: 'Frame' }).selectOption(style);
      await text('0 times').click();
      await eventually(async () => sockets.length).toBeGreaterThan(0);
      for (const socket of sockets.splice(0)) socket.destroy();
      await eventually(async () => sockets.length).toBe(1);
      await project.edit('ui/src/App.tsx', before, `${style} {`);
      await text(`${style} 1 times`).waitFor();
      before = `${style} {`;
      sockets.length = 0;
    }
    await other.close();
    httpServer.off('upgrade', note);
    await ui.stop();
    await project.remove();
    mountExtension(it);
  });

  test('tenants are switched on the page, with the users and the extensions of each', async () => {
    const { tenantId } = await addEmbeddedTenant({
      connectionString: it.database.connectionString,
      name: 'Second Company',
    });
    const other = await (await browser.newContext()).newPage();
    let hellos = 0;
    other.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => {
        if (String(payload).includes('"hello"')) hellos++;
      }),
    );
    await other.goto(`${it.host.origin}/msp/extensions/${it.rows.registryId}`);
    const tenants = other.getByRole('combobox', { name: 'Tenant' });
    const heading = other.locator('.title');
    await heading.getByText('Demo').waitFor();
    await eventually(async () => hellos).toBe(1);
    await tenants.selectOption(tenantId);
    // The channel tells of all tenants; by then the page has heard it.
    await eventually(async () => hellos).toBe(2);
    await heading.getByText('Extension not found').waitFor();
    expect(await tenants.inputValue()).toBe(tenantId);
    expect(await other.locator('.menu .menu-entry').count()).toBe(0);
    await tenants.selectOption(it.database.tenantId);
    await heading.getByText('Demo').waitFor();
    await other.context().close();
  });

  describe('the menus', () => {
    const install = async (name: string, hooks: NonNullable<Manifest['ui']>['hooks']) => {
      const ui = { type: 'iframe' as const, entry: 'ui/index.html', hooks };
      return (await it.registry.publish(publication(it.database.tenantId, name, { name, ui }))).installId;
    };
    const entries = async (path: string): Promise<string[]> => {
      const other = await browser.newPage();
      await other.goto(`${it.host.origin}${path}/extensions/${it.rows.registryId}`);
      await other.locator('.menu .menu-entry').first().waitFor();
      const texts = await other.locator('.menu .menu-entry').allTextContents();
      await other.close();
      return texts;
    };

    test('an entry for each label that is not blank, of the place that the hook names', async () => {
      await install('com.example.both', {
        appMenu: { label: ' Both ' },
        clientPortalMenu: { label: 'Both, portal' },
      });
      await install('com.example.portal', { clientPortalMenu: { label: 'Portal only' } });
      await install('com.example.blank', { appMenu: { label: '   ' } });
      const off = await install('com.example.off', {
        appMenu: { label: 'Off' },
        clientPortalMenu: { label: 'Off' },
      });
      await it.registry.setEnabled(off, false);
      expect(await entries('/msp')).toEqual(['Demo', 'Both']);
      expect(await entries('/client-portal')).toEqual(['Demo portal', 'Both, portal', 'Portal only']);
    });

    test('what has no entry in Alga is listed where it is developed, and says so', async () => {
      await it.registry.publish(
        publication(it.database.tenantId, 'first', { ui: { type: 'iframe', entry: 'ui/index.html' } }),
      );
      const other = await browser.newPage();
      await other.goto(`${it.host.origin}/msp/extensions/${it.rows.registryId}`);
      const entry = other.locator('.menu .menu-entry[aria-current="page"]');
      expect(await entry.getAttribute('title')).toBe('Demo: has no entry in this menu of Alga');
      await other.close();
    });
  });

  test('what there is to say when there is nothing to show', async () => {
    const shown = async (registryId: string, title: string): Promise<void> => {
      const other = await browser.newPage();
      await other.goto(`${it.host.origin}/msp/extensions/${registryId}`);
      await other.getByRole('heading', { name: title }).first().waitFor();
      await other.close();
    };
    await shown('0b0b0204-25d9-57d0-951b-3ed518145469', 'Extension not found');
    const extension = { extension: 'Example/x', displayName: 'X', label: 'X', projectRoot: '/nowhere' };
    const { tenantId } = it.database;
    const { registryId } = it.rows;
    it.host.addExtension({ ...extension, registryId, tenantId, hasUi: false });
    await shown(registryId, 'No user interface');
    const installed = await it.registry.publish(publication(tenantId, 'bare', { name: 'com.example.bare' }));
    await it.database.query('DELETE FROM extension_bundle WHERE version_id = $1', [installed.versionId]);
    await shown(installed.registryId, 'Not published yet');
  });

  test('a page that is opened while the database is away says so, and can try again', async () => {
    const other = await browser.newPage();
    const open = (path: string) => other.goto(`${it.host.origin}${path}`);
    const failure = other.getByRole('alert');
    await server.without(async () => {
      for (const path of [`/msp/extensions/${it.rows.registryId}`, '/msp/settings/extensions']) {
        expect((await open(path))?.status()).toBe(200);
        await failure.getByRole('heading', { name: 'could not be loaded' }).waitFor();
        await failure.getByText(/The database .* does not answer/).waitFor();
        await failure.getByText('alga stack status').waitFor();
        expect(await other.locator('iframe, .topbar select').count()).toBe(0);
      }
      await open(`/msp/extensions/${it.rows.registryId}`);
    });
    await failure.getByRole('button', { name: 'Try again' }).click();
    await other.getByRole('combobox', { name: 'Act as' }).waitFor();
    expect(await failure.count()).toBe(0);
    await other.close();
  });
});
