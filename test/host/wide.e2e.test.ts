import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../registry/support/database.js';
import { chromiumPath, launchBrowser } from '../support/browser.js';
import { extensionFrame, mountExtension } from './support/extension-page.js';
import { startTestHost, type TestHost } from './support/test-host.js';

// Only Linux answers for all of 127.0.0.0/8 without being told to.
describe.skipIf(!chromiumPath || process.platform !== 'linux')('a browser beyond loopback', () => {
  let server: TestServer;
  let it: TestHost;
  let browser: Browser;

  beforeAll(async () => {
    server = await startTestServer();
    it = await startTestHost(server, { address: '127.0.0.2' });
    mountExtension(it);
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await it?.stop();
    await server?.stop();
  });

  test('the printed address opens the page, with its frame of another origin and its live channel', async () => {
    const page = await browser.newPage();
    await page.goto(String(it.host.wideUrls[0]));
    const frame = await extensionFrame(page);
    expect(page.url()).not.toContain(it.tokens.session);
    const [outer, inner] = [new URL(page.url()), new URL(frame.url())];
    expect([inner.hostname, outer.hostname]).toEqual(['127.0.0.2', '127.0.0.2']);
    expect(inner.port).not.toBe(outer.port);
    it.host.tell(it.rows.registryId, {
      type: 'error',
      error: { code: 'TEST', message: 'told over the channel', hint: '' },
    });
    await page.getByText('told over the channel').first().waitFor();
    const read = `fetch('${outer.origin}/msp/settings/extensions').then((r) => 'status ' + r.status, () => 'refused')`;
    expect(await frame.evaluate(read)).toBe('refused');
    expect(await frame.evaluate('document.cookie')).not.toContain(it.tokens.session);
    await page.close();
  });

  test('the address alone shows nothing', async () => {
    const page = await browser.newPage();
    const answer = await page.goto(new URL('/', String(it.host.wideUrls[0])).href);
    expect(answer?.status()).toBe(401);
    expect(await page.content()).not.toContain(it.tokens.session);
    await page.close();
  });
});
