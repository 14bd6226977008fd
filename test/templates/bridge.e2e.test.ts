import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createUiBuilder, PRODUCTION_POLICY } from '../../src/build/ui/index.js';
import { contentTypeOf } from '../../src/build/ui/served-files.js';
import { chromiumPath, launchBrowser } from '../support/browser.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';

const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 20_000, interval: 20 });

/** A host on one origin with the extension on another, as the hosted product has it; answers like a handler. */
const HOST_PAGE = `<!doctype html><body><iframe id="app" sandbox="allow-scripts allow-forms allow-popups allow-same-origin"></iframe>
<iframe id="hostile"></iframe>
<script>
  const app = document.getElementById('app');
  const extension = location.hash.slice(1);
  window.seen = [];
  window.refuse = false;
  const envelope = (type, payload, request_id) => ({ alga: true, version: '1', type, payload, request_id });
  addEventListener('message', (event) => {
    if (event.source !== app.contentWindow) return;
    seen.push(event.data);
    const { type, request_id, payload } = event.data;
    if (type === 'ready') event.source.postMessage(envelope('theme', { '--alga-bg': '#101018', '--alga-fg': '#eeeeee', color: 'red' }), extension);
    if (type !== 'apiproxy') return;
    const asked = payload.body ? JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(payload.body), (c) => c.charCodeAt(0)))) : {};
    const answer = { message: payload.method + ' ' + payload.route + ' ' + (asked.text ?? ''), tenantId: 't', user: null, answeredAt: new Date(0).toISOString(), notes: [] };
    const bytes = new TextEncoder().encode(JSON.stringify(answer));
    const body = btoa(String.fromCharCode(...bytes));
    event.source.postMessage(envelope('apiproxy_response', refuse ? { error: 'Proxy error 403: {"error":"no"}' } : { body }, request_id), '*');
  });
  app.src = extension + '/index.html?tenant=t&extensionId=e';
</script></body>`;

let browser: Browser;
let project: ScratchProject;
const servers: Server[] = [];

async function serve(
  answer: (path: string) => Promise<{ type: string; body: string | Buffer }>,
): Promise<string> {
  const server = createServer((req, res) => {
    void answer((req.url ?? '/').replace(/\?.*/, '')).then(({ type, body }) => {
      res.writeHead(200, {
        'content-type': type,
        'x-content-type-options': 'nosniff',
        ...(type === 'text/html' && body !== HOST_PAGE
          ? { 'content-security-policy': PRODUCTION_POLICY }
          : {}),
      });
      res.end(body);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  browser = await launchBrowser();
  project = await scratchProject('full', 'tpl-bridge');
});
afterAll(async () => {
  await browser?.close();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await project?.remove();
});

async function open(): Promise<{ page: Page; frame: Frame; extension: string }> {
  const builder = createUiBuilder();
  const ui = {
    root: join(project.root, 'ui'),
    kind: 'vite',
    viteConfig: join(project.root, 'vite.config.ts'),
  } as const;
  const outDir = join(project.root, 'out');
  await builder.build({ projectRoot: project.root, ui, outDir }, new AbortController().signal);
  await builder.stop();
  const extension = `http://${await serve(async (path) => ({ type: contentTypeOf(path), body: await readFile(join(outDir, path)) }))}`;
  const host = `http://${await serve(async () => ({ type: 'text/html', body: HOST_PAGE }))}`;
  const page = await browser.newPage();
  await page.goto(`${host}/#${extension}`);
  const frame = await eventually(() => {
    const found = page.frames().find((candidate) => candidate.url().startsWith(extension));
    if (found === undefined) throw new Error('no iframe yet');
    return found;
  });
  return { page, frame, extension };
}

describe.skipIf(chromiumPath === undefined)('the built page of the full template', () => {
  it('speaks the host’s protocol, from another origin and under the production policy', async () => {
    const { page, frame } = await open();
    const message = frame.getByTestId('message');
    await eventually(async () => expect(await message.textContent()).toBe('GET /api/status '));
    const seen = await page.evaluate('window.seen');
    expect(seen).toContainEqual(expect.objectContaining({ alga: true, version: '1', type: 'ready' }));
    await frame.getByLabel('New note').fill('Käse — 猫');
    await frame.getByRole('button', { name: 'Add note' }).click();
    await eventually(async () => expect(await message.textContent()).toBe('POST /api/notes Käse — 猫'));
    const style = await frame.locator('html').getAttribute('style');
    expect(style).toContain('--alga-bg: #101018');
    expect(style).not.toContain('red');
    expect(await frame.locator('html').getAttribute('data-theme')).toBe('dark');
    await page.evaluate('window.refuse = true');
    await frame.getByRole('button', { name: 'Ask again' }).click();
    await eventually(async () =>
      expect(await frame.getByRole('alert').textContent()).toBe('Proxy error 403: {"error":"no"}'),
    );
    await page.close();
  });

  it('listens to nobody but the page around it (C7)', async () => {
    const { page, frame, extension } = await open();
    const message = frame.getByTestId('message');
    await eventually(async () => expect(await message.textContent()).toBe('GET /api/status '));
    const style = await frame.locator('html').getAttribute('style');
    const attack = `(() => {
      const script = document.getElementById('hostile').contentDocument.createElement('script');
      script.textContent = "parent.document.getElementById('app').contentWindow.postMessage({ alga: true, version: '1', type: 'theme', payload: { '--alga-bg': '#ff0000' } }, '*');";
      document.getElementById('hostile').contentDocument.body.append(script);
      app.contentWindow.postMessage({ alga: true, version: '2', type: 'theme', payload: { '--alga-bg': '#ff0000' } }, '*');
      app.contentWindow.postMessage({ alga: true, version: '1', type: 'theme', payload: { '--alga-fg': '#abcdef' } }, '${extension}');
    })()`;
    await page.evaluate(attack);
    await eventually(async () =>
      expect(await frame.locator('html').getAttribute('style')).toBe(style?.replace('#eeeeee', '#abcdef')),
    );
    await page.close();
  });
});
