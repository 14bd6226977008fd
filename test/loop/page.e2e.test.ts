import type { Browser, FrameLocator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadyEvent } from '../../src/dev/events.js';
import { chromiumPath, launchBrowser } from '../support/browser.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { type RunningSession, startSession, temporaryHome } from '../support/session.js';

const SUBTITLE = 'Edit ui/src/App.tsx and save: the page changes, its state stays.';

/** What an author sees in the browser while editing the full template. */
describe.skipIf(!chromiumPath)('the page of a running session', () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let project: ScratchProject;
  let session: RunningSession;
  let ready: ReadyEvent;
  let browser: Browser;
  let page: Page;
  let frame: FrameLocator;
  const loads: string[] = [];
  const problems: string[] = [];

  beforeAll(async () => {
    home = await temporaryHome();
    project = await scratchProject('full', 'page');
    session = startSession([project.root], { home: home.home });
    [ready, browser] = await Promise.all([session.next('ready'), launchBrowser()]);
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.on('framenavigated', (navigated) => loads.push(navigated.url()));
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(ready.urls.page);
    frame = page.frameLocator('iframe[title="Extension App"]');
    await frame.getByText(SUBTITLE).waitFor();
  });

  afterAll(async () => {
    await browser?.close();
    await session?.leave();
    await project?.remove();
    await home?.remove();
  });

  const published = (from: number): Promise<unknown> =>
    session.next('live', (event) => event.lane === 'published', from);

  it('shows the menu entry, the tenant and the extension in the product’s sandbox', async () => {
    await page.locator('nav').getByText('page').waitFor();
    await page.getByText('Local Development').first().waitFor();
    const iframe = page.locator('iframe[title="Extension App"]');
    expect(await iframe.getAttribute('sandbox')).toBe(
      'allow-scripts allow-forms allow-popups allow-same-origin',
    );
    expect(await iframe.getAttribute('src')).toMatch(/\/runner\/ext-ui\/[0-9a-f-]{36}\//);
  });

  it('reaches the handler through the bridge and shows its answer', async () => {
    await frame.getByText('Hello from the handler').first().waitFor();
    await frame.getByRole('textbox', { name: 'New note' }).fill('remember the milk');
    await frame.getByRole('button', { name: /add|keep/i }).click();
    await frame.getByText('remember the milk').waitFor();
    expect(await session.next('request', (event) => event.method === 'POST')).toMatchObject({ status: 201 });
    expect(await session.next('guestLog')).toMatchObject({ message: expect.stringContaining('/api/') });
  });

  it('replaces an edited component in place, with its state kept and no reload', async () => {
    await frame.getByRole('button', { name: 'Clicked 0 times' }).click();
    await frame.getByRole('button', { name: 'Clicked 1 times' }).waitFor();
    const before = loads.length;
    const from = session.mark();
    await project.edit('ui/src/App.tsx', SUBTITLE, 'An edit of the UI');
    await frame.getByText('An edit of the UI').waitFor();
    await frame.getByRole('button', { name: 'Clicked 1 times' }).waitFor();
    await published(from);
    expect(await session.next('live', (event) => event.lane === 'ui', from)).toBeDefined();
    expect(loads.length).toBe(before);
  });

  it.each([
    ['docker', 'Edited in the page’s own origin'],
    ['cloud', 'Edited in the frame of the cloud'],
    ['sealed', 'An edit of the UI'],
  ])('keeps the state in the %s frame as well', async (style, text) => {
    const before = await frame.getByText(/edit of the UI|Edited in the/).textContent();
    await page.getByRole('combobox', { name: 'Frame' }).selectOption(style);
    await frame.getByRole('button', { name: 'Clicked 0 times' }).click();
    await frame.getByRole('button', { name: 'Clicked 1 times' }).waitFor();
    const origin = await frame.locator('body').evaluate('window.origin');
    const { origin: host, port } = new URL(ready.urls.page);
    const own = `http://127.0.0.1:${port}`;
    expect(origin).toBe({ docker: host, cloud: own, sealed: 'null' }[style]);
    const [from, loaded] = [session.mark(), loads.length];
    await project.edit('ui/src/App.tsx', String(before), text);
    await frame.getByText(text).waitFor();
    await frame.getByRole('button', { name: 'Clicked 1 times' }).waitFor();
    await published(from);
    expect(loads.length).toBe(loaded);
  });

  it('answers with an edited handler', async () => {
    const from = session.mark();
    await project.edit('src/handler.ts', 'Hello from the handler', 'Edited handler');
    // Before the save was seen nothing holds requests back, and the old handler may answer.
    await session.next('change', undefined, from);
    await frame.getByRole('button', { name: 'Ask again' }).click();
    await frame.getByText('Edited handler').first().waitFor();
  });

  it('shows a broken edit over a page that still works, and takes it away when it is mended', async () => {
    const source = await project.read('src/handler.ts');
    const from = session.mark();
    await project.write('src/handler.ts', source.replace('logInfo(', 'logInfo((('));
    const error = await session.next('error', undefined, from);
    expect(error).toMatchObject({
      file: 'src/handler.ts',
      line: expect.any(Number),
      hint: expect.any(String),
    });
    const overlay = page.getByRole('region', { name: 'Errors' });
    await overlay.getByText('src/handler.ts').first().waitFor();
    await overlay.getByRole('button', { name: 'Fold away' }).click();
    await frame.getByRole('button', { name: /Clicked 1 times/ }).click();
    await frame.getByRole('button', { name: 'Clicked 2 times' }).waitFor();
    await frame.getByRole('button', { name: 'Ask again' }).click();
    await frame.getByText('Edited handler').first().waitFor();
    await project.write('src/handler.ts', source);
    await overlay.waitFor({ state: 'hidden' });
  });

  it('shows a broken component over the last good page, and takes the error away when it is mended', async () => {
    const source = await project.read('ui/src/App.tsx');
    const from = session.mark();
    await project.write('ui/src/App.tsx', source.replace('return (', 'return ((('));
    await session.next('error', (event) => event.file === 'ui/src/App.tsx', from);
    const overlay = page.getByRole('region', { name: 'Errors' });
    await overlay.getByText('ui/src/App.tsx').first().waitFor();
    await frame.getByRole('button', { name: 'Clicked 2 times' }).waitFor();
    await project.write('ui/src/App.tsx', source);
    await overlay.waitFor({ state: 'hidden' });
    await frame.getByRole('button', { name: 'Clicked 2 times' }).waitFor();
  });

  it('shows what the page throws over it and in the terminal, until the UI is edited', async () => {
    const source = await project.read('ui/src/App.tsx');
    const from = session.mark();
    await frame.locator('body').evaluate("setTimeout(() => { throw new Error('out of nowhere') })");
    expect(await session.next('warning', ({ code }) => code === 'UI_THREW', from)).toMatchObject({
      message: expect.stringContaining('out of nowhere'),
    });
    const overlay = page.getByRole('region', { name: 'Errors' });
    await overlay.getByText('out of nowhere').waitFor();
    await overlay.getByText('The page has thrown an error', { exact: true }).waitFor();
    await project.write('ui/src/App.tsx', `${source}\n// Mended.\n`);
    await overlay.waitFor({ state: 'hidden' });
    await frame.getByRole('button', { name: 'Clicked 2 times' }).waitFor();
  });

  it('blocks a type error from being published', async () => {
    const from = session.mark();
    await project.edit('src/handler.ts', 'failure(404, `', "failure('404', `");
    const error = await session.next('error', (event) => event.step === 'types', from);
    expect(error).toMatchObject({ code: 'TYPES_MISMATCH', file: 'src/handler.ts' });
    await project.edit('src/handler.ts', "failure('404', `", 'failure(404, `');
    await published(from);
  });

  it('serves the published bundle through the runner by a switch on the page', async () => {
    await page.getByRole('button', { name: 'Published' }).click();
    const published = page.frameLocator('iframe[title="Extension App"]');
    await published.getByText('An edit of the UI').waitFor();
    expect(await page.locator('iframe[title="Extension App"]').getAttribute('src')).toContain('sha256%3A');
  });

  it('throws no other error into the page along the way', () => {
    expect(problems).toEqual(['out of nowhere']);
  });
});
