import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../registry/support/database.js';
import { chromiumPath, launchBrowser } from '../support/browser.js';
import { weakTexts } from './support/contrast.js';
import { mountExtension, openExtension, post } from './support/extension-page.js';
import { startTestHost, type TestHost } from './support/test-host.js';

const TABS = ['Requests', 'Logs', 'Storage', 'Secrets', 'Schedules', 'Versions', 'Doctor'];

describe.skipIf(!chromiumPath)('how the pages look', () => {
  let server: TestServer;
  let it: TestHost;
  let browser: Browser;
  let page: Page;

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
    const context = await browser.newContext();
    const opened = await openExtension(context, it);
    page = opened.page;
    it.runner.guest = () => ({ status: 500, body: '{"error":"broken"}' });
    await post(opened.frame, 'apiproxy', { route: '/hello' }, 'r-1');
    return () => context.close();
  });

  const inBothThemes = async (what: string): Promise<string[]> => {
    const weak: string[] = [];
    for (const mode of ['dark', 'light']) {
      await page.getByRole('button', { name: 'Light / dark' }).click();
      weak.push(...(await weakTexts(page)).map((text) => `${what} in ${mode}: ${text}`));
    }
    return weak;
  };
  const sticksOut = () => page.evaluate('document.scrollingElement.scrollWidth - innerWidth');

  test.each([1280, 390])(
    'at %i wide nothing sticks out and all is readable, in both themes and every tab',
    async (width) => {
      await page.setViewportSize({ width, height: 800 });
      await page.getByRole('button', { name: 'Tools' }).click();
      const weak: string[] = [];
      for (const tab of TABS) {
        await page.getByRole('tab', { name: tab }).click();
        if (tab === 'Requests')
          await page
            .getByRole('button', { name: /500 POST/ })
            .first()
            .click();
        expect([tab, await sticksOut()]).toEqual([tab, 0]);
        weak.push(...(await inBothThemes(tab)));
      }
      const error = {
        code: 'X_CODE',
        message: 'broken',
        hint: 'mend it',
        file: 'a.ts',
        line: 3,
        column: 7,
        frame: '> 3 | x',
      };
      it.host.tell(it.rows.registryId, { type: 'error', step: 'component', error });
      await page.getByRole('region', { name: 'Errors' }).getByText('mend it').waitFor();
      expect(await sticksOut()).toBe(0);
      weak.push(...(await inBothThemes('overlay')));
      it.host.tell(it.rows.registryId, { type: 'cleared' });
      expect(weak).toEqual([]);
    },
  );

  test.each([1280, 390])(
    'the settings page at %i wide is readable too, with everything unfolded',
    async (width) => {
      await page.setViewportSize({ width, height: 800 });
      await page.goto(`${it.host.origin}/msp/settings/extensions`);
      await page.getByText('Registry id').first().waitFor();
      for (const fold of await page.locator('summary').all()) await fold.click();
      expect(await sticksOut()).toBe(0);
      expect(await inBothThemes('settings')).toEqual([]);
    },
  );

  test('nothing is loaded from anywhere else', async () => {
    const hosts = new Set<string>();
    page.on('request', (request) => hosts.add(new URL(request.url()).origin));
    await page.reload();
    await page.frameLocator('iframe').getByText('Demo extension').waitFor();
    await page.goto(`${it.host.origin}/msp/settings/extensions`);
    await page.getByText('Registry id').first().waitFor();
    expect([...hosts].sort()).toEqual(
      [it.host.origin.replace('localhost', '127.0.0.1'), it.host.origin].sort(),
    );
  });

  test('the viewport switch gives the frame its width, remembered over a reload', async () => {
    const width = async () => (await page.locator('iframe').boundingBox())?.width;
    const full = await width();
    for (const wanted of [390, 768]) {
      await page.getByRole('button', { name: String(wanted), exact: true }).click();
      expect(await width()).toBe(wanted);
    }
    await page.reload();
    await page.frameLocator('iframe').getByText('Demo extension').waitFor();
    expect(await width()).toBe(768);
    await page.getByRole('button', { name: 'Full', exact: true }).click();
    expect(await width()).toBe(full);
  });

  test('the theme switch changes the page, and stays over a reload', async () => {
    const dark = () => page.evaluate(`document.documentElement.classList.contains('dark')`);
    expect(await dark()).toBe(false);
    await page.getByRole('button', { name: 'Light / dark' }).click();
    expect(await dark()).toBe(true);
    await page.reload();
    expect(await dark()).toBe(true);
  });
});
