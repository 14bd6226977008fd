import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { algaError } from '../../src/core/errors/alga-error.js';
import { startTestServer, type TestServer } from '../registry/support/database.js';
import { hashOf, publication } from '../registry/support/publication.js';
import { chromiumPath, launchBrowser } from '../support/browser.js';
import { eventually } from './support/eventually.js';
import { mountExtension, openExtension, post } from './support/extension-page.js';
import { startTestHost, type TestHost } from './support/test-host.js';

describe.skipIf(!chromiumPath)('the author’s tools', () => {
  let server: TestServer;
  let it: TestHost;
  let browser: Browser;
  let context: BrowserContext;
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
    it.runner.seen.length = 0;
    it.runner.guest = () => ({ body: 'done' });
    context = await browser.newContext();
    ({ page, frame } = await openExtension(context, it));
    return () => context.close();
  });

  const openTools = async (tab: string): Promise<void> => {
    const tools = page.getByRole('button', { name: 'Tools' });
    if ((await tools.getAttribute('aria-pressed')) !== 'true') await tools.click();
    await page.getByRole('tab', { name: tab }).click();
  };
  const panel = () => page.getByRole('tabpanel');
  const ask = (route = '/hello', method = 'POST') =>
    post(frame, 'apiproxy', { route, method }, crypto.randomUUID());

  test('requests appear as they happen, with everything from message to answer', async () => {
    await openTools('Requests');
    it.runner.guest = async (call) => {
      const install = it.rows.installId;
      await fetch(`${it.host.origin}/api/internal/ext-storage/install/${install}`, {
        method: 'POST',
        headers: { 'x-runner-auth': it.tokens.serviceToken, 'content-type': 'application/json' },
        body: JSON.stringify({ operation: 'get', namespace: 'n', key: 'k' }),
      });
      await fetch(`${it.host.origin}/__alga/debug-events`, {
        method: 'POST',
        headers: { 'x-runner-auth': it.tokens.serviceToken, 'content-type': 'application/json' },
        body: JSON.stringify({
          events: [
            {
              ts: Date.now(),
              level: 'info',
              stream: 'log',
              extensionId: it.rows.registryId,
              requestId: call.body.context.request_id,
              message: 'a line of the guest',
            },
          ],
        }),
      });
      return { status: 201, headers: { 'content-type': 'application/json' }, body: '{"made":1}' };
    };
    await ask();
    await panel()
      .getByRole('button', { name: /201 POST \/hello/ })
      .click();
    for (const text of [
      'the page, for the iframe',
      'Alex Admin (internal)',
      hashOf('first').slice(7, 15),
      '"made": 1',
    ]) {
      await panel().getByText(text).first().waitFor();
    }
    await panel().getByText('storage get: 404').waitFor();
    await panel().getByText('a line of the guest').waitFor();
    await page.getByRole('tab', { name: 'Logs' }).click();
    await panel().getByText('a line of the guest').waitFor();
  });

  test('a request can be replayed, and on every save with the difference', async () => {
    await openTools('Requests');
    const answer = (greeting: string) => () => ({
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ greeting, same: true }),
    });
    it.runner.guest = answer('hello');
    await ask();
    await panel()
      .getByRole('button', { name: /200 POST \/hello/ })
      .click();
    await panel().getByRole('button', { name: 'Replay', exact: true }).click();
    await panel().getByText('The same answer as before').waitFor();
    expect(it.seen.onRequest.at(-1)).toMatchObject({
      origin: 'replay',
      method: 'POST',
      user: { key: 'admin' },
    });
    await panel().getByRole('button', { name: 'Replay on every save' }).click();
    it.runner.guest = answer('good day');
    it.host.tell(it.rows.registryId, { type: 'live', lane: 'handler', ms: 30 });
    const diff = panel().getByLabel('Difference to the answer before');
    await diff.getByText('-   "greeting": "hello"').waitFor();
    await diff.getByText('+   "greeting": "good day"').waitFor();
    const count = it.seen.onRequest.length;
    it.host.tell(it.rows.registryId, { type: 'live', lane: 'ui', ms: 30 });
    it.host.tell(it.rows.registryId, { type: 'live', lane: 'published', ms: 30, changed: false });
    it.host.tell(it.rows.registryId, { type: 'live', lane: 'published', ms: 30, changed: true });
    await panel().getByText('The same answer as before').waitFor();
    expect(it.seen.onRequest).toHaveLength(count + 1);

    // One save is heard of twice; what it changed stays to be seen.
    it.runner.guest = answer('good bye');
    it.host.tell(it.rows.registryId, { type: 'live', lane: 'handler', ms: 30 });
    await diff.getByText('+   "greeting": "good bye"').waitFor();
    it.host.tell(it.rows.registryId, { type: 'live', lane: 'published', ms: 30, changed: true });
    await eventually(() => it.seen.onRequest.length).toBe(count + 3);
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    await diff.getByText('-   "greeting": "good day"').waitFor({ timeout: 2000 });
    await diff.getByText('+   "greeting": "good bye"').waitFor({ timeout: 2000 });
  });

  test('a secret is set, reaches the handler, is not shown, and is removed', async () => {
    await openTools('Secrets');
    await panel().getByLabel('Name').first().fill('API_KEY');
    await panel().getByLabel('Value').first().fill('canary-7');
    await panel().getByRole('button', { name: 'Set secret' }).click();
    await panel().getByText('API_KEY').waitFor();
    expect(await page.content()).not.toContain('canary-7');
    await ask();
    await eventually(() => it.runner.seen.length).toBe(1);
    const { ciphertext_b64: text } = it.runner.seen[0]?.body.secret_envelope ?? {};
    expect(Buffer.from(text, 'base64').toString()).toContain('canary-7');
    await panel().getByRole('button', { name: 'Remove API_KEY' }).click();
    await panel().getByText('API_KEY').waitFor({ state: 'detached' });
  });

  test('stored values are seen, changed and deleted', async () => {
    const value = Buffer.from('first text').toString('base64');
    const metadata = { encoding: 'base64-bytes' };
    await it.registry.services.storage.put(it.rows.installId, {
      namespace: 'notes',
      key: 'one',
      value,
      metadata,
    });
    await openTools('Storage');
    await panel().getByText('one', { exact: true }).click();
    const editor = panel().getByLabel('Value of one');
    expect(await editor.inputValue()).toBe('first text');
    await editor.fill('second text');
    await panel().getByRole('button', { name: 'Save' }).click();
    await panel().getByText('revision 2').waitFor();
    const stored = await it.registry.services.storage.get(it.rows.installId, {
      namespace: 'notes',
      key: 'one',
    });
    expect(Buffer.from(String(stored.value), 'base64').toString()).toBe('second text');
    await panel().getByRole('button', { name: 'Delete' }).click();
    await panel().getByText('has stored nothing').waitFor();
  });

  test('a schedule is added, refused in words, and run', async () => {
    await openTools('Schedules');
    await panel().getByLabel('Cron').fill('* * * * *');
    await panel().getByRole('button', { name: 'Add schedule' }).click();
    await panel()
      .getByRole('alert')
      .getByText(/frequent|minutes/i)
      .waitFor();
    await panel().getByLabel('Cron').fill('0 3 * * *');
    await panel().getByLabel('Name').fill('nightly');
    await panel().getByRole('button', { name: 'Add schedule' }).click();
    await panel()
      .getByText(/has not run/)
      .waitFor();
    await panel().getByRole('button', { name: 'Run now' }).click();
    await panel()
      .getByText(/last .*: success/)
      .waitFor();
    expect(it.runner.seen[0]?.body.context.trigger).toBe('schedule');
  });

  test('versions are listed; buttons ask the session', async () => {
    await openTools('Versions');
    await panel().getByText(hashOf('first').slice(7, 15)).waitFor();
    await panel()
      .getByRole('button', { name: /Go back/ })
      .click();
    await page.getByRole('button', { name: 'Rebuild' }).click();
    await page.getByRole('tab', { name: 'Doctor' }).click();
    await panel().getByRole('button', { name: 'Run the checks' }).click();
    const extension = 'Example/com.example.demo';
    await eventually(() => it.seen.onCommand).toEqual([
      { type: 'previousVersion', extension },
      { type: 'rebuild', extension },
      { type: 'doctor' },
    ]);
  });

  test('what the doctor found is listed, with the command that mends it', async () => {
    await openTools('Doctor');
    const run = panel().getByRole('button', { name: 'Run the checks' });
    await run.click();
    expect(await run.isDisabled()).toBe(true);
    const finding = {
      check: 'store.bundle',
      severity: 'problem' as const,
      seen: 'The object is gone.',
      expected: 'It should be there.',
      why: 'The page stays empty.',
      fix: { summary: 'Publish it again:', command: 'alga doctor --fix' },
    };
    it.host.tell(it.rows.registryId, {
      type: 'checkup',
      findings: [finding],
      unknown: [{ part: 'runner', reason: 'it is away' }],
      checks: 12,
      ms: 34,
    });
    await panel()
      .getByText(/12 checks found 1 thing \(34 ms\)/)
      .waitFor();
    for (const text of ['store.bundle', 'The object is gone.', 'alga doctor --fix', 'it is away']) {
      await panel().getByText(text).waitFor();
    }
    expect(await run.isDisabled()).toBe(false);
  });

  test('more capabilities are granted on the settings page, and the next call has them', async () => {
    await page.goto(`${it.host.origin}/msp/settings/extensions`);
    await page.getByText('Grant more capabilities').click();
    await page.getByLabel('cap:http.fetch').check();
    await page.getByRole('button', { name: 'Grant', exact: true }).click();
    await page.getByText('Granted as well').waitFor();
    await fetch(`${it.host.origin}/api/ext/${it.rows.registryId}/hello`);
    expect(it.runner.seen.at(-1)?.body.providers).toContain('cap:http.fetch');
  });

  test('configuration is set and removed on the settings page, and the next call has it', async () => {
    const sent = async (): Promise<unknown> => {
      await fetch(`${it.host.origin}/api/ext/${it.rows.registryId}/hello`);
      return it.runner.seen.at(-1)?.body.context.config;
    };
    await page.goto(`${it.host.origin}/msp/settings/extensions`);
    const card = page.locator('.card', { has: page.getByText('in this session') });
    await card.getByText('Configuration', { exact: true }).click();
    await card.getByLabel('Name').fill('region');
    await card.getByLabel('Value').fill('eu');
    await card.getByRole('button', { name: 'Set value' }).click();
    await card.getByText('region').waitFor();
    expect(await sent()).toEqual({ region: 'eu' });
    await card.getByRole('button', { name: 'Remove region' }).click();
    await card.getByText('region').waitFor({ state: 'detached' });
    expect(await sent()).toEqual({});
  });

  test('an error lies over the frame, folds away, opens an editor, and goes by itself', async () => {
    const error = {
      code: 'X_CODE',
      message: 'broken',
      hint: 'mend it',
      file: 'src/a b.ts',
      line: 3,
      column: 7,
      frame: '> 3 | x',
    };
    it.host.tell(it.rows.registryId, { type: 'error', step: 'component', error });
    const overlay = page.getByRole('region', { name: 'Errors' });
    for (const text of ['X_CODE', 'broken', 'mend it', '> 3 | x']) await overlay.getByText(text).waitFor();
    const link = overlay.getByRole('link', { name: 'src/a b.ts:3:7' });
    expect(await link.getAttribute('href')).toBe('vscode://file/nowhere/src/a%20b.ts:3:7');
    await overlay.getByRole('combobox', { name: 'Editor' }).selectOption('Zed');
    expect(await link.getAttribute('href')).toBe('zed://file/nowhere/src/a%20b.ts:3:7');
    await overlay.getByRole('button', { name: 'Fold away' }).click();
    await overlay.getByText('X_CODE').waitFor({ state: 'detached' });
    await page.reload();
    await overlay.getByText('X_CODE').waitFor();
    it.host.tell(it.rows.registryId, { type: 'step', step: 'component', state: 'done', ms: 3 });
    await overlay.waitFor({ state: 'hidden' });
  });

  test('everything can be reached with the keyboard', async () => {
    const focused = () =>
      page.evaluate<string>(`document.activeElement.textContent.trim() || document.activeElement.tagName`);
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Skip to the extension');
    await openTools('Requests');
    await page.getByRole('tab', { name: 'Requests' }).focus();
    await page.keyboard.press('ArrowRight');
    expect(await focused()).toBe('Logs');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    expect(await focused()).toBe('Doctor');
    expect(await page.getByRole('tab', { name: 'Doctor' }).getAttribute('aria-selected')).toBe('true');
    const outline = await page.evaluate(`getComputedStyle(document.activeElement).outlineStyle`);
    expect(outline).toBe('solid');
  });

  test('after a restart the page comes back by itself, once', async () => {
    const first = await startTestHost(server);
    mountExtension(first);
    await page.goto(first.host.origin);
    const loads: string[] = [];
    page.on('framenavigated', (navigated) => {
      if (navigated === page.mainFrame()) loads.push(navigated.url());
    });
    const port = Number(new URL(first.host.origin).port);
    await first.stop();
    await page.getByText('alga dev is not there').waitFor();
    const second = await startTestHost(server, { preferredPort: port });
    mountExtension(second);
    await page.getByText(`v${'1.0.0'}`).first().waitFor();
    await eventually(() => loads.length).toBe(1);
    second.host.tell(second.rows.registryId, { type: 'live', lane: 'ui', ms: 41 });
    await page.getByText('41 ms').waitFor();
    expect(loads).toHaveLength(1);
    await second.stop();
  });

  test('the debug address shows the log; details lead to the settings', async () => {
    await page.goto(`${it.host.origin}/msp/extensions/${it.rows.registryId}/debug`);
    expect(await page.getByRole('tab', { name: 'Logs' }).getAttribute('aria-selected')).toBe('true');
    await page.goto(`${it.host.origin}/msp/settings/extensions/${it.rows.registryId}/settings`);
    await page.getByText(it.rows.installId).waitFor();
  });

  test('the settings page switches an extension off and on', async () => {
    await page.goto(`${it.host.origin}/msp/settings/extensions`);
    await page.getByRole('button', { name: 'Switch off' }).click();
    await page.getByText('switched off').waitFor();
    const call = () => fetch(`${it.host.origin}/api/ext/${it.rows.registryId}/hello`);
    expect((await call()).status).toBe(404);
    await page.getByRole('button', { name: 'Switch on' }).click();
    await page.getByText('switched off').waitFor({ state: 'detached' });
    expect((await call()).status).toBe(200);
    expect(await page.getByRole('button', { name: 'Uninstall' }).isDisabled()).toBe(true);
  });

  test('clients and services are edited on the settings page', async () => {
    await page.goto(`${it.host.origin}/msp/settings/extensions`);
    const client = page.locator('details').filter({ hasText: 'Harbour Dental' });
    await client.locator('summary').click();
    await client.getByLabel('Name').fill('Harbour Clinic');
    await client.getByLabel('Inactive').check();
    await client.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Harbour Clinic, company, inactive').waitFor();
    const service = page.locator('details').filter({ hasText: 'Engineering Hour' });
    await service.locator('summary').click();
    await service.getByLabel('Rate in cents').fill('15050');
    await service.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Engineering Hour, 150.50 per hour').waitFor();
    await page.reload();
    await page.getByText('Harbour Clinic, company, inactive').waitFor();
  });

  test('the settings page installs a bundle file, or says why not', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'alga-bundle-'));
    const file = join(folder, 'bundle.tar.zst');
    await writeFile(file, 'bytes of a bundle');
    const given: string[] = [];
    const signatures: (string | undefined)[] = [];
    const manifests: (string | undefined)[] = [];
    const own = await startTestHost(server, {
      installer: {
        publish: async (tenantId, { bytes, signature, manifestText }) => {
          manifests.push(manifestText);
          signatures.push(signature && Buffer.from(signature).toString());
          given.push(Buffer.from(bytes).toString());
          if (given.length === 1) throw algaError('BUNDLE_CORRUPT', { reason: 'it is no archive' });
          const name = 'com.example.other';
          const released = await own.registry.publishRelease(publication(tenantId, 'x', { name }));
          return { ...released, publisher: 'a', name: 'b', key: 'k' };
        },
      },
    });
    await page.goto(`${own.host.origin}/msp/settings/extensions`);
    await page.getByLabel('Bundle file').setInputFiles(file);
    const pasted = page.getByLabel('Manifest to publish it with');
    expect(await pasted.isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Install', exact: true }).click();
    await page.getByRole('alert').getByText('it is no archive').waitFor();
    await pasted.fill('{ "name": "<b>pasted</b>" }');
    await writeFile(`${file}.sig`, 'signed by me');
    await page.getByLabel('Signature file').setInputFiles(`${file}.sig`);
    await page.getByRole('button', { name: 'Install', exact: true }).click();
    await page.getByText('Installed a/b 1.0.0.').waitFor();
    expect(signatures).toEqual([undefined, 'signed by me']);
    expect(manifests).toEqual([undefined, '{ "name": "<b>pasted</b>" }']);
    expect(given).toEqual(['bytes of a bundle', 'bytes of a bundle']);
    await own.stop();
    await rm(folder, { recursive: true });
  });

  test('the published bundle comes from the runner, in the cloud’s way too', async () => {
    it.runner.file = (req, res) => {
      res.setHeader('content-type', req.url?.includes('app.js') ? 'text/javascript' : 'text/html');
      res.end(`<!doctype html><title>x</title><h1>From the bundle</h1><p>${req.url?.split('?')[0]}</p>`);
    };
    await page.getByRole('button', { name: 'Published' }).click();
    const published = page.frameLocator('iframe[title="Extension App"]');
    await published.getByText('From the bundle').waitFor();
    await published
      .getByText(`/ext-ui/${it.rows.registryId}/${encodeURIComponent(hashOf('first'))}/index.html`)
      .waitFor();
    await page.getByRole('combobox', { name: 'Frame' }).selectOption('cloud');
    await published.getByText(`/ext-ui/${it.rows.registryId}/${hashOf('first')}/index.html`).waitFor();
    const inside = page.frames().find((known) => known.url().includes('/ext-ui/'));
    expect(new URL(inside?.url() ?? '').search).toBe(
      `?tenant=${it.database.tenantId}&extensionId=${it.rows.registryId}`,
    );
  });
});
