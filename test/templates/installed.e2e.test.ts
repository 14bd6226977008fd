import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/entry.js';
import { createProject, TEMPLATES } from '../../src/project/create/index.js';
import { chromiumPath, launchBrowser } from '../support/browser.js';
import { type RunningSession, startSession, temporaryHome } from '../support/session.js';

const run = promisify(execFile);
const ALGA = join(packageRoot(), 'bin/alga.mjs');
const NAMES = TEMPLATES.map(({ name }) => name);

/** What each template's page shows, and an endpoint that answers; far from this repository's packages. */
const SHOWS: Readonly<Record<string, { text?: string; endpoint?: string }>> = {
  full: { text: 'Hello from the handler', endpoint: '/api/status' },
  'ui-react': { text: 'Clicked 0 times' },
  'ui-static': { text: 'Edit ui/index.html' },
  component: { endpoint: '/api/hello' },
};

let folder: string;
let home: Awaited<ReturnType<typeof temporaryHome>>;
let session: RunningSession | undefined;
let browser: Browser | undefined;
const roots = new Map<string, string>();

/** Each template in an empty folder with its own install; the package cache is empty before the first. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alga-installed-'));
  home = await temporaryHome();
  for (const template of NAMES) {
    const { root } = await createProject({
      kind: 'extension',
      template,
      name: `com.example.t-${template}`,
      targetDir: folder,
    });
    roots.set(template, root);
    const flags = ['--no-audit', '--no-fund', '--cache', join(folder, 'cache')];
    await run('npm', ['install', ...flags], { cwd: root });
  }
  session = startSession([...roots.values()], { home: home.home, args: ['--port', '0'] });
  if (chromiumPath !== undefined) browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await session?.leave();
  await home?.remove();
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

const rootOf = (template: string) => roots.get(template) ?? '';
const ofTemplate = (template: string) => (event: { extension: string }) =>
  event.extension.endsWith(`/com.example.t-${template}`);

describe.each(NAMES)('the template %s, installed by npm', (template) => {
  it('is live without a warning or an error, and answers', async () => {
    if (session === undefined) throw new Error('no session');
    const { urls } = await session.next('ready', ofTemplate(template));
    const told = session.events.filter(({ type }) => type === 'error' || type === 'warning');
    expect(told).toEqual([]);
    const endpoint = SHOWS[template]?.endpoint;
    if (endpoint !== undefined) expect((await fetch(`${urls.gateway}${endpoint}`)).status).toBe(200);
  });

  it.skipIf(chromiumPath === undefined || SHOWS[template]?.text === undefined)(
    'shows its page in the browser',
    async () => {
      if (session === undefined || browser === undefined) throw new Error('no session');
      const { urls } = await session.next('ready', ofTemplate(template));
      const page = await browser.newPage();
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(error.message));
      await page.goto(urls.page);
      const frame = page.frameLocator('iframe[title="Extension App"]');
      await frame
        .getByText(SHOWS[template]?.text ?? '')
        .first()
        .waitFor();
      await page.close();
      expect(problems).toEqual([]);
    },
  );

  it('has no type error, builds, and passes its own tests', async () => {
    const root = rootOf(template);
    const env = { ...process.env, ALGA_HOME: home.home, VITEST: undefined, VITEST_MODE: undefined };
    const alga = (...args: string[]) => run(process.execPath, [ALGA, ...args], { cwd: root, env });
    if (template !== 'ui-static') await run('npm', ['run', 'typecheck'], { cwd: root });
    await alga('build');
    const hasHandler = SHOWS[template]?.endpoint !== undefined;
    const output = hasHandler ? 'dist/main.wasm' : 'dist/ui/index.html';
    expect((await stat(join(root, output))).size).toBeGreaterThan(0);
    expect((await alga('test')).stdout).toMatch(/Tests.*passed/);
    expect((await alga('validate', '--strict')).stdout).toContain('is valid');
  });
});
