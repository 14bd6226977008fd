import { createSign, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, FrameLocator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BundleEntry, packBundle, readBundle } from '../../src/bundle/index.js';
import type { ReadyEvent } from '../../src/dev/events.js';
import { createBundleStore } from '../../src/store/index.js';
import { openBackend } from '../support/backend.js';
import { chromiumPath, launchBrowser } from '../support/browser.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { type RunningSession, runAlga, startSession, temporaryHome } from '../support/session.js';

const signer = generateKeyPairSync('ec', { namedCurve: 'P-256' });
/** Of this machine, and yet not one of the two names that need no token; only Linux has it without being told to. */
const WIDE = process.platform === 'linux' ? '127.0.0.2' : undefined;
const FRAME = 'iframe[title="Extension App"]';

/** What the page and the commands do with a whole session behind them: real handlers, runner, database and store. */
describe.skipIf(!chromiumPath)('a session seen from page and other terminals', () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let project: ScratchProject;
  let session: RunningSession;
  let ready: ReadyEvent;
  let browser: Browser;
  let page: Page;
  let frame: FrameLocator;
  let files: string;

  beforeAll(async () => {
    home = await temporaryHome();
    files = await mkdtemp(join(tmpdir(), 'alga-bundles-'));
    project = await scratchProject('full', 'seen');
    await project.edit('manifest.json', '"cap:log.emit"', '"cap:log.emit", "cap:secrets.get"');
    await project.edit(
      'src/handler.ts',
      'import { getUser }',
      "import { get } from 'alga:extension/secrets';\nimport { getUser }",
    );
    await project.edit('src/handler.ts', "status('Hello from the handler')", 'status("Hello, " + secret())');
    await project.edit(
      'src/handler.ts',
      'function postNote(',
      `function secret(): string {
  try {
    return get('GREETING');
  } catch {
    return 'no secret';
  }
}

function postNote(`,
    );
    const trust = signer.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    session = startSession([project.root], {
      home: home.home,
      args: WIDE ? ['--host', WIDE] : [],
      env: { SIGNING_TRUST_BUNDLE: trust },
    });
    [ready, browser] = await Promise.all([session.next('ready'), launchBrowser()]);
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await open();
    // Due at every minute; the rule that refuses such schedules knows other spellings only.
    await openTools('Schedules');
    await panel().getByLabel('Endpoint').selectOption('GET /api/status');
    await panel().getByLabel('Cron').fill('0-59 * * * *');
    await panel().getByLabel('Name').fill('every minute');
    await panel().getByRole('button', { name: 'Add schedule' }).click();
    await panel().getByText('has not run').waitFor();
  });

  afterAll(async () => {
    await browser?.close();
    await session?.leave();
    await project?.remove();
    await home?.remove();
    if (files) await rm(files, { recursive: true });
  });

  const open = async (): Promise<void> => {
    await page.goto(ready.urls.page);
    frame = page.frameLocator(FRAME);
    await frame.getByText('Hello, ').first().waitFor();
  };
  const openTools = async (tab: string): Promise<void> => {
    const tools = page.getByRole('button', { name: 'Tools' });
    if ((await tools.getAttribute('aria-pressed')) !== 'true') await tools.click();
    await page.getByRole('tab', { name: tab }).click();
  };
  const panel = () => page.getByRole('tabpanel');
  const ask = async () => {
    const { stdout } = await runAlga(
      ['call', 'GET', '/api/status', '--project', project.root, '--json'],
      home.home,
    );
    return JSON.parse(stdout) as { status: number; json: { message: string }; contentHash: string };
  };

  it('a handler is called from another terminal, and its log read there', async () => {
    const answer = await ask();
    expect(answer).toMatchObject({ status: 200, contentHash: ready.contentHash });
    expect(answer.json.message).toBe('Hello, no secret');
    await session.next('guestLog');
    const { code, stdout } = await runAlga(['logs', project.root], home.home);
    expect(code).toBe(0);
    expect(stdout).toMatch(/200 GET \/api\/status/);
    expect(stdout).toContain('info GET /api/status');
  });

  it.runIf(WIDE)('--host warns with the address, which is nothing without its token', async () => {
    const { message } = await session.next('note', (event) => event.message.startsWith('Warning: open'));
    const address = String(/http:\S+$/.exec(message));
    expect(address).toMatch(/^http:\/\/127\.0\.0\.2:\d+\/\?alga-token=[\w-]{20,}$/);
    expect((await fetch(new URL('/', address))).status).toBe(401);
    const far = await browser.newPage();
    await far.goto(address);
    await far.frameLocator(FRAME).getByText('Hello, ').first().waitFor();
    await far.close();
  });

  it('a secret that is set on the page is read by the handler, at the next call', async () => {
    await openTools('Secrets');
    await panel().getByLabel('Name').first().fill('GREETING');
    await panel().getByLabel('Value').first().fill('world');
    await panel().getByRole('button', { name: 'Set secret' }).click();
    await panel().getByText('GREETING').waitFor();
    await frame.getByRole('button', { name: 'Ask again' }).click();
    await frame.getByText('Hello, world').first().waitFor();
  });

  it('a request is replayed on a save, and shown with what changed in the answer', async () => {
    await openTools('Requests');
    await panel()
      .getByRole('button', { name: /200 GET \/api\/status/ })
      // Those of the schedule are run again from there.
      .filter({ hasNotText: 'schedule' })
      .first()
      .click();
    await panel().getByRole('button', { name: 'Replay on every save' }).click();
    const from = session.mark();
    await project.edit('src/handler.ts', 'Hello, ', 'Welcome, ');
    const diff = panel().getByLabel('Difference to the answer before');
    await diff.getByText(/^-.*Hello, world/).waitFor();
    await diff.getByText(/^\+.*Welcome, world/).waitFor();
    await session.next('live', (event) => event.lane === 'published', from);
    const back = session.mark();
    await project.edit('src/handler.ts', 'Welcome, ', 'Hello, ');
    await diff.getByText(/^\+.*Hello, world/).waitFor();
    await session.next('live', (event) => event.lane === 'published', back);
  });

  it('any earlier version is served again by one click', async () => {
    const from = session.mark();
    await project.edit('src/handler.ts', 'Hello, ', 'Good day, ');
    const edited = await session.next('live', (event) => event.lane === 'published', from);
    expect((await ask()).json.message).toBe('Good day, world');
    await project.edit('src/handler.ts', 'Good day, ', 'Good night, ');
    const isThird = (hash: string | undefined) => hash !== edited.contentHash;
    await session.next('live', (e) => e.lane === 'published' && isThird(e.contentHash), from);
    await openTools('Versions');
    const first = ready.contentHash.replace('sha256:', '').slice(0, 8);
    await panel()
      .getByRole('button', { name: `Serve ${first}` })
      .click();
    await panel().getByRole('listitem').filter({ hasText: first }).getByText('served').waitFor();
    expect(await ask()).toMatchObject({
      contentHash: ready.contentHash,
      json: { message: 'Hello, world' },
    });
  });

  it('the doctor’s findings are shown, each with what mends it', async () => {
    await openTools('Doctor');
    await panel().getByRole('button', { name: 'Run the checks' }).click();
    await panel()
      .getByText(/\d+ checks found/)
      .waitFor();
    const said = await session.next('note', ({ message }) => message.startsWith('doctor '));
    const shown = (await panel().getByRole('status').textContent()) ?? '';
    const count = (text: string) => /(\d+|nothing) (?:things?|wrong)/.exec(text)?.[1];
    expect(count(shown)).toBe(count(said.message));
  });

  it('what the policy blocks is said in the terminal', async () => {
    await page
      .frames()
      .find((known) => known.url().includes('/ext-ui/'))
      ?.evaluate(`{
      const image = document.createElement('img');
      image.src = 'https://cdn.example/x.png';
      document.body.append(image);
    }`);
    expect(await session.next('warning', ({ code }) => code === 'UI_BLOCKED_BY_CSP')).toMatchObject({
      message: 'img-src blocked https://cdn.example/x.png',
    });
  });

  it('a portal user with a client is allowed, one without is refused', async () => {
    const from = session.mark();
    await page.getByRole('combobox', { name: 'Act as' }).selectOption('dana');
    await page.waitForURL(/client-portal/);
    await page.frameLocator(FRAME).getByText('Hello, world').first().waitFor();
    await page.getByRole('combobox', { name: 'Act as' }).selectOption('sam');
    expect(await session.next('request', ({ status }) => status >= 400, from)).toMatchObject({ status: 403 });
    await page.getByRole('combobox', { name: 'Act as' }).selectOption('admin');
    await page.waitForURL(/msp/);
  });

  describe('a bundle file', () => {
    let entries: BundleEntry[];

    const bundleOf = async (change: (manifest: Record<string, unknown>) => object): Promise<Buffer> => {
      const changed = entries.map((entry) => {
        if (entry.name !== 'manifest.json') return entry;
        const manifest = JSON.parse(Buffer.from(entry.content).toString()) as Record<string, unknown>;
        return { name: entry.name, content: Buffer.from(JSON.stringify(change(manifest))) };
      });
      return (await packBundle(changed)).bytes;
    };
    const install = async (bytes: Buffer, signed: Buffer = bytes): Promise<void> => {
      const file = join(files, 'bundle.tar.zst');
      const signature = createSign('sha256').update(signed).sign(signer.privateKey).toString('base64');
      await writeFile(file, bytes);
      await writeFile(`${file}.sig`, signature);
      await page.getByLabel('Bundle file').setInputFiles(file);
      await page.getByLabel('Signature file').setInputFiles(signed.length === 0 ? [] : [`${file}.sig`]);
      await page.getByRole('button', { name: 'Install', exact: true }).click();
    };
    const imported = { name: 'com.example.imported', version: '3.0.0' };

    beforeAll(async () => {
      const backend = await openBackend(home.home);
      const store = createBundleStore(backend.stack.store);
      const { tenantId, registryId, contentHash } = ready;
      entries = await readBundle(await store.read({ tenantId, registryId, contentHash }));
      await store.close();
      await backend.close();
      await page.goto(`${new URL(ready.urls.page).origin}/msp/settings/extensions`);
    });

    const refused = (text: string | RegExp) => page.getByRole('alert').getByText(text).waitFor();

    it('that is none is refused', async () => {
      await install(Buffer.from('no archive'));
      await refused(/cannot be read/);
    });

    it('without a manifest, or with a bad one, is refused', async () => {
      await install(await bundleOf(({ runtime: _runtime, ...rest }) => ({ ...rest, ...imported })));
      await refused(/runtime/);
    });

    it('that nobody signed, or whose signature is of another file, is refused', async () => {
      const bytes = await bundleOf((manifest) => ({ ...manifest, ...imported }));
      await install(bytes, Buffer.alloc(0));
      await refused(/not signed/);
      await install(bytes, Buffer.from('another file'));
      await refused(/signature_invalid/);
    });

    it('of an extension that is being developed here is refused', async () => {
      await install(await bundleOf((manifest) => ({ ...manifest, version: '9.9.9' })));
      await refused(/alga dev works on this extension/);
    });

    it('is installed: it stands in the menu, its page works, its handler answers', async () => {
      await install(await bundleOf((manifest) => ({ ...manifest, ...imported })));
      await page.getByText('Installed local-dev/com.example.imported 3.0.0.').waitFor();
      await page.locator('article').filter({ hasText: 'com.example.imported' }).getByRole('link').click();
      await page.waitForURL(/\/msp\/extensions\//);
      await page.frameLocator(FRAME).getByText('Hello, no secret').first().waitFor();
      expect(await page.locator('.menu .menu-entry').count()).toBe(2);
      expect(await page.getByRole('button', { name: 'Rebuild' }).isVisible()).toBe(false);
      await openTools('Schedules');
      await panel().getByLabel('Endpoint').selectOption('GET /api/status');
      await panel().getByLabel('Cron').fill('0-59 * * * *');
      await panel().getByRole('button', { name: 'Add schedule' }).click();
      await panel().getByText('has not run').waitFor();
      await page.goBack();
    });

    it('of a version that is published already is refused', async () => {
      await install(await bundleOf((manifest) => ({ ...manifest, ...imported })));
      await refused(/3\.0\.0 is already published/);
    });

    it('once installed runs its schedules by itself', async () => {
      await page.locator('article').filter({ hasText: 'com.example.imported' }).getByRole('link').click();
      await page.waitForURL(/\/msp\/extensions\//);
      await openTools('Schedules');
      await panel()
        .getByText(/last .*: success/)
        .waitFor({ timeout: 90_000 });
      await page.goBack();
    });

    it('once installed is switched off and on, and uninstalled', async () => {
      const card = page.locator('article').filter({ hasText: 'com.example.imported' });
      const gateway = `${new URL(ready.urls.page).origin}/api/ext/local-dev.com.example.imported/api/status`;
      const status = async () => (await fetch(gateway)).status;
      await card.getByRole('button', { name: 'Switch off' }).click();
      await card.getByText('switched off').waitFor();
      expect(await status()).toBe(404);
      await card.getByRole('button', { name: 'Switch on' }).click();
      await card.getByText('switched off').waitFor({ state: 'detached' });
      expect(await status()).toBe(200);
      await card.getByRole('button', { name: 'Uninstall' }).click();
      await card.getByRole('button', { name: 'Press again' }).click();
      await card.waitFor({ state: 'detached' });
      expect(await status()).toBe(404);
    });
  });

  it('a schedule fires by itself', async () => {
    await open();
    await openTools('Schedules');
    await panel()
      .getByText(/last .*: success/)
      .waitFor({ timeout: 90_000 });
    const { stdout } = await runAlga(['logs', project.root, '--json'], home.home);
    const requests = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { origin?: string });
    expect(requests.some(({ origin }) => origin === 'schedule')).toBe(true);
  });
});
