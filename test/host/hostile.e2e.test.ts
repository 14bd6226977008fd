import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../registry/support/database.js';
import { chromiumPath, launchBrowser } from '../support/browser.js';
import { eventually } from './support/eventually.js';
import { extensionFrame, mountExtension, openExtension } from './support/extension-page.js';
import { startTestHost, type TestHost } from './support/test-host.js';

/** Names of the attacker's that resolve to this machine, as after DNS rebinding. */
const REBOUND = 'rebound.example';

/** Runs in a page: gives what a promise came to, as text. */
const OUTCOME = `const outcome = (work) => work.then((value) => 'got ' + value, () => 'refused');`;

describe.skipIf(!chromiumPath)('a hostile page in the author’s browser', () => {
  let server: TestServer;
  let it: TestHost;
  let browser: Browser;
  let attacker: Server;
  let attackerOrigin: string;
  let page: Page;
  let host: string;

  beforeAll(async () => {
    server = await startTestServer();
    it = await startTestHost(server);
    mountExtension(it);
    host = new URL(it.host.origin).host;
    attacker = createServer((req, res) => {
      res.setHeader('content-type', 'text/html');
      res.end(`<!doctype html><title>attacker</title><body>${req.url}`);
    });
    await new Promise<void>((resolve) => attacker.listen(0, '127.0.0.1', resolve));
    attackerOrigin = `http://attacker.example:${(attacker.address() as AddressInfo).port}`;
    browser = await launchBrowser(['--host-resolver-rules=MAP *.example 127.0.0.1']);
  });
  afterAll(async () => {
    await browser?.close();
    await new Promise((resolve) => attacker?.close(resolve));
    await it?.stop();
    await server?.stop();
  });
  beforeEach(async () => {
    it.runner.seen.length = 0;
    it.seen.onCspViolation.length = 0;
    const context = await browser.newContext();
    page = await context.newPage();
    await page.goto(attackerOrigin);
    return () => context.close();
  });

  const paths = () => [
    '/',
    `/msp/extensions/${it.rows.registryId}`,
    '/__alga/health',
    '/__alga/api/requests',
    `/api/ext/${it.rows.registryId}/hello`,
    `/api/ext-proxy/${it.rows.registryId}/hello`,
    `/runner/ext-ui/${it.rows.registryId}/live/index.html`,
    '/__alga/page/page/main.js',
  ];

  test('a name that was made to point here gets nothing', async () => {
    const answer = await page.goto(`http://${REBOUND}:${new URL(it.host.origin).port}/`);
    expect(answer?.status()).toBe(403);
    expect(await page.content()).not.toContain(it.tokens.session);
  });

  test.each(['http://localhost:{port}', 'http://127.0.0.1:{port}'])(
    'A2: nothing can be read from %s',
    async (base) => {
      const target = base.replace('{port}', new URL(it.host.origin).port);
      for (const path of paths()) {
        for (const init of ['{}', `{ credentials: 'include' }`, `{ headers: { 'x-alga-token': 'x' } }`]) {
          const read = `${OUTCOME} outcome(fetch(${JSON.stringify(target + path)}, ${init}).then((answer) => answer.text()))`;
          expect([path, await page.evaluate(read)]).toEqual([path, 'refused']);
        }
      }
      expect(it.runner.seen).toEqual([]);
    },
  );

  test('another port of this machine is another site', async () => {
    await page.goto(`http://localhost:${new URL(attackerOrigin).port}/`);
    for (const path of paths()) {
      const read = `${OUTCOME} outcome(fetch('${it.host.origin}${path}', { credentials: 'include' }).then((a) => a.text()))`;
      expect([path, await page.evaluate(read)]).toEqual([path, 'refused']);
    }
    expect(it.runner.seen).toEqual([]);
  });

  /** Tries to open a socket from a frame or page. */
  const socket = (from: Page | Frame, url: string, protocols: string[]): Promise<string> =>
    from.evaluate(`new Promise((resolve) => {
      const socket = new WebSocket(${JSON.stringify(url)}, ${JSON.stringify(protocols)});
      socket.onopen = () => resolve('open');
      socket.onerror = () => resolve('refused');
    })`);

  test('no socket opens, with whatever token and name', async () => {
    for (const name of [host, host.replace('localhost', '127.0.0.1')]) {
      for (const protocols of [
        ['alga-live'],
        ['alga-live', 'alga-token.guess'],
        ['alga-live', `alga-token.${it.tokens.session}`],
      ]) {
        expect(await socket(page, `ws://${name}/__alga/live`, protocols)).toBe('refused');
      }
      const live = `ws://${name}/runner/ext-ui/${it.rows.registryId}/live/`;
      expect(await socket(page, live, ['vite-hmr'])).toBe('refused');
    }
  });

  test('an opaque frame, whose origin is null, is no better off', async () => {
    await page.setContent('<iframe sandbox="allow-scripts" srcdoc="<p>opaque</p>"></iframe>');
    await eventually(() => page.frames().length).toBe(2);
    const opaque = page.frames()[1] as Frame;
    expect(await opaque.evaluate('window.origin')).toBe('null');
    expect(
      await socket(opaque, `ws://${host}/__alga/live`, ['alga-live', `alga-token.${it.tokens.session}`]),
    ).toBe('refused');
    const post = `${OUTCOME} outcome(fetch('${it.host.origin}/api/ext/${it.rows.registryId}/hello', { method: 'POST', mode: 'no-cors' }))`;
    await opaque.evaluate(post);
    expect(it.runner.seen).toEqual([]);
  });

  test('an opaque frame of another site gets nothing of a sealed one without its key', async () => {
    const { registryId } = it.rows;
    const html = await (await fetch(`${it.host.origin}/msp/extensions/${registryId}`)).text();
    const sealed = /"sealedPath":"([^"]+)"/.exec(html)?.[1] ?? '';
    const frames = it.host.origin.replace('localhost', '127.0.0.1');
    const file = `/runner/ext-ui/${registryId}/live/app.js`;
    await page.setContent('<iframe sandbox="allow-scripts" srcdoc="<p>opaque</p>"></iframe>');
    await eventually(() => page.frames().length).toBe(2);
    const opaque = page.frames()[1] as Frame;
    const read = (url: string) =>
      opaque.evaluate(`${OUTCOME} outcome(fetch('${url}').then((answer) => answer.text()))`);
    const load = (url: string) => opaque.evaluate(`${OUTCOME} outcome(import('${url}'))`);
    const guesses = [file, sealed.replace(/.$/, '') + file, sealed.replace(/[^/]+$/, 'A'.repeat(43)) + file];
    for (const path of guesses) {
      expect([path, await read(frames + path), await load(frames + path)]).toEqual([
        path,
        'refused',
        'refused',
      ]);
      const live = frames.replace('http', 'ws') + path.replace('app.js', '');
      expect([path, await socket(opaque, live, ['vite-hmr'])]).toEqual([path, 'refused']);
    }
    // With the key, which is ours alone to give, it would be a sealed frame; and that one has files, no more.
    expect(await read(frames + sealed + file)).toMatch(/^got /);
    for (const path of paths().filter((known) => !known.includes('/runner/'))) {
      expect([path, await read(frames + sealed + path)]).toEqual([path, 'refused']);
    }
    // And it is no use to a page that has an origin.
    expect(
      await page.evaluate(
        `${OUTCOME} outcome(fetch('${frames + sealed + file}').then((answer) => answer.text()))`,
      ),
    ).toBe('refused');
    const shown = page.waitForEvent('console', (message) => /frame/i.test(message.text()));
    await page.setContent(
      `<iframe src="${frames}${sealed}${file.replace('app.js', 'index.html')}"></iframe>`,
    );
    await shown;
    expect(
      await page
        .frames()[1]
        ?.content()
        .catch(() => ''),
    ).not.toContain('Demo extension');
    expect(it.runner.seen).toEqual([]);
  });

  test.each(['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain'])(
    'A6: a form of type %s changes nothing',
    async (type) => {
      const targets = [
        `/__alga/api/extensions/${it.rows.registryId}/secrets`,
        `/__alga/api/extensions/${it.rows.registryId}/enabled`,
        `/api/ext/${it.rows.registryId}/hello`,
        `/api/ext-proxy/${it.rows.registryId}/hello`,
        '/__alga/debug-events',
        `/__alga/csp/${it.rows.registryId}`,
      ];
      for (const target of targets) {
        await page.goto(attackerOrigin);
        const answer = page.waitForResponse((response) => response.url().includes(target));
        await page.setContent(
          `<form method="post" enctype="${type}" action="${it.host.origin}${target}"><input name="a" value="b"></form>`,
        );
        await page.evaluate(`document.forms[0].submit()`);
        await page.waitForURL(`**${target}`);
        expect([target, (await answer).status()]).toEqual([target, 403]);
      }
      expect(it.runner.seen).toEqual([]);
      expect(it.seen.onCspViolation).toEqual([]);
      expect(await it.registry.readSecrets(it.rows.installId)).toMatchObject({ values: {} });
    },
  );

  test('an image tag, and a link, which send no Origin, call no handler', async () => {
    const url = `${it.host.origin}/api/ext/${it.rows.registryId}/hello`;
    await page.evaluate(
      `new Promise((resolve) => { const image = new Image(); image.onerror = resolve; image.src = '${url}'; })`,
    );
    expect((await page.goto(url, { referer: attackerOrigin }))?.status()).toBeLessThan(500);
    await page.goto(attackerOrigin);
    const answer = page.waitForResponse(url);
    await page.evaluate(`location.href = '${url}'`);
    expect((await answer).status()).toBe(403);
    // The one call is the address typed by the author's own hand.
    expect(it.runner.seen).toHaveLength(1);
  });

  test('no source can be loaded as a script', async () => {
    for (const url of [
      `http://127.0.0.1:${new URL(it.host.origin).port}/runner/ext-ui/${it.rows.registryId}/live/app.js`,
      `${it.host.origin}/runner/ext-ui/${it.rows.registryId}/live/app.js`,
      `${it.host.origin}/__alga/page/page/main.js`,
    ]) {
      for (const type of ['text/javascript', 'module']) {
        const load = `new Promise((resolve) => {
          const script = document.createElement('script');
          script.type = '${type}';
          script.onload = () => resolve('loaded');
          script.onerror = () => resolve('refused');
          script.src = '${url}';
          document.body.append(script);
        })`;
        expect([url, await page.evaluate(load)]).toEqual([url, 'refused']);
      }
    }
  });

  test('neither our pages nor an extension can be framed by another site', async () => {
    for (const url of [
      `${it.host.origin}/msp/extensions/${it.rows.registryId}`,
      `${it.host.origin}/runner/ext-ui/${it.rows.registryId}/live/index.html`,
      `http://127.0.0.1:${new URL(it.host.origin).port}/runner/ext-ui/${it.rows.registryId}/live/index.html`,
    ]) {
      const problem = page.waitForEvent('console', (message) => /frame|403/i.test(message.text()));
      await page.setContent(`<iframe src="${url}"></iframe>`);
      await problem;
      for (const frame of page.frames().slice(1)) {
        expect(await frame.content().catch(() => '')).not.toMatch(/Demo extension|id="boot"/);
      }
    }
  });

  describe('an extension that is hostile itself', () => {
    let frame: Frame;
    beforeEach(async () => {
      await page.close();
      const context = await browser.newContext();
      ({ page, frame } = await openExtension(context, it));
      return () => context.close();
    });

    test('cannot read the page around it', async () => {
      for (const attempt of [
        'parent.document.title',
        'top.localStorage.length',
        'parent.boot',
        'parent.location.href',
      ]) {
        const read = `(() => { try { return 'got ' + ${attempt}; } catch { return 'refused'; } })()`;
        expect([attempt, await frame.evaluate(read)]).toEqual([attempt, 'refused']);
      }
    });

    test('cannot fetch a page with the token, nor call the gateway, nor the author’s routes', async () => {
      const own = await frame.evaluate('location.origin');
      for (const base of [own, it.host.origin]) {
        for (const path of paths().filter((known) => !known.includes('/runner/'))) {
          const read = `${OUTCOME} outcome(fetch('${base}${path}').then((answer) => answer.text()))`;
          const got = String(await frame.evaluate(read));
          expect([path, got.includes(it.tokens.session)]).toEqual([path, false]);
          expect([path, got]).toEqual([path, expect.stringMatching(/refused|not_allowed/)]);
        }
      }
      expect(it.runner.seen).toEqual([]);
    });

    test('cannot open the live channel', async () => {
      const own = new URL(String(await frame.evaluate('location.origin'))).host;
      for (const name of [own, host]) {
        expect(await socket(frame, `ws://${name}/__alga/live`, ['alga-live', 'alga-token.x'])).toBe(
          'refused',
        );
      }
    });

    test('cannot lead the page away, nor open dialogs in it', async () => {
      const before = page.url();
      await frame.evaluate(`(() => { try { top.location.href = '${attackerOrigin}'; } catch {} })()`);
      await frame.evaluate(`(() => { try { alert(1); } catch {} })()`);
      await frame.evaluate(
        `(() => { const link = document.createElement('a'); link.href = '${attackerOrigin}'; link.target = '_top'; link.click(); })()`,
      );
      await extensionFrame(page);
      expect(page.url()).toBe(before);
    });

    test('a sealed one has no more than its files, and no other site takes its place', async () => {
      await page.getByRole('combobox', { name: 'Frame' }).selectOption('sealed');
      frame = await extensionFrame(page);
      expect(await frame.evaluate('window.origin')).toBe('null');
      const sealed = new URL(frame.url()).pathname.replace(/\/runner\/.*/, '');
      const frames = new URL(frame.url()).origin;
      for (const base of [frames, it.host.origin, frames + sealed, it.host.origin + sealed]) {
        for (const path of paths().filter((known) => !known.includes('/runner/'))) {
          const read = `${OUTCOME} outcome(fetch('${base}${path}').then((answer) => answer.text()))`;
          expect([base, path, await frame.evaluate(read)]).toEqual([base, path, 'refused']);
        }
        const name = base.replace('http', 'ws');
        expect(await socket(frame, `${name}/__alga/live`, ['alga-live', 'alga-token.x'])).toBe('refused');
      }
      for (const attempt of ['parent.document.title', 'top.localStorage.length', 'document.cookie']) {
        const read = `(() => { try { return 'got ' + ${attempt}; } catch { return 'refused'; } })()`;
        expect([attempt, await frame.evaluate(read)]).toEqual([attempt, 'refused']);
      }
      const blocked = page.waitForEvent('console', (message) => message.text().includes('frame-src'));
      await frame.evaluate(`void (location.href = '${attackerOrigin}')`);
      await blocked;
      expect(
        page
          .frames()
          .map((known) => known.url())
          .join(),
      ).not.toContain('attacker.example');
      expect(it.runner.seen).toEqual([]);
    });

    test('markup in its messages, errors and logs stays text', async () => {
      const markup = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>';
      it.host.tell(it.rows.registryId, {
        type: 'error',
        step: 'ui',
        error: {
          code: markup,
          message: markup,
          hint: markup,
          file: markup,
          line: 1,
          frame: markup,
          cause: markup,
        },
      });
      await page.getByRole('region', { name: 'Errors' }).getByText(markup).first().waitFor();
      await frame.evaluate(
        `parent.postMessage({ alga: true, version: '1', type: ${JSON.stringify(markup)} }, '*')`,
      );
      await page.getByRole('list', { name: 'Remarks' }).getByText('window.hit').waitFor();
      expect(await page.evaluate('window.hit')).toBeUndefined();
      expect(await page.locator('img').count()).toBe(0);
      it.host.tell(it.rows.registryId, { type: 'cleared' });
    });
  });
});
