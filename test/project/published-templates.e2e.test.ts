import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/entry.js';
import { createProject } from '../../src/project/create/index.js';
import { inspectProject } from '../../src/project/inspect/index.js';
import { chromiumPath, launchBrowser } from '../support/browser.js';
import { type RunningSession, startSession, temporaryHome } from '../support/session.js';

const run = promisify(execFile);
const PACKAGES = [
  '@alga-psa/client-sdk@0.2.0',
  '@alga-psa/extension-runtime@0.3.0',
  '@alga-psa/ui-kit@0.1.0',
];
const REACT = ['react@^18', 'react-dom@^18'];

let work: string;
let home: Awaited<ReturnType<typeof temporaryHome>>;
let session: RunningSession | undefined;
const roots = new Map<string, string>();

/** The templates as they are published, each in a project of its own; packages lie in the folder above. */
beforeAll(async () => {
  const parent = join(packageRoot(), '.alga', 'test');
  await mkdir(parent, { recursive: true });
  work = await mkdtemp(join(parent, 'published-'));
  await writeFile(join(work, 'package.json'), '{ "private": true }');
  await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...PACKAGES, ...REACT], {
    cwd: work,
  });
  for (const template of ['basic', 'ui-gallery', 'component-basic']) {
    const folder = join(work, 'node_modules/@alga-psa/client-sdk/templates', template);
    const { root } = await createProject({
      kind: 'extension',
      template: folder,
      name: `com.example.${template}`,
      targetDir: work,
      git: false,
    });
    roots.set(template, root);
  }
  home = await temporaryHome();
  session = startSession([...roots.values()], { home: home.home, args: ['--port', '0'] });
});
afterAll(async () => {
  await session?.leave();
  await home?.remove();
  await rm(work, { recursive: true, force: true });
});

const rootOf = (template: string) => roots.get(template) ?? '';

async function readyOf(template: string) {
  if (session === undefined) throw new Error('no session');
  return await session.next('ready', ({ extension }) => isOf(template, extension));
}

function isOf(template: string, extension: string): boolean {
  return extension === `Your Org/com.example.${template}`;
}

describe('the published templates, unchanged', () => {
  it('basic shows its page', async () => {
    const { urls, contentHash } = await readyOf('basic');
    const page = await fetch(urls.ui.replace('/live/', `/${contentHash}/`));
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('Hello from com.example.basic');
  });

  it('component-basic answers once its manifest has an endpoint', async () => {
    const { urls } = await readyOf('component-basic');
    expect((await fetch(`${urls.gateway}/api/hello`)).status).toBe(404);
    const path = join(rootOf('component-basic'), 'manifest.json');
    const manifest = JSON.parse(await readFile(path, 'utf8')) as object;
    const api = { endpoints: [{ method: 'GET', path: '/api/hello', handler: 'dist/main' }] };
    const from = session?.mark();
    await writeFile(path, JSON.stringify({ ...manifest, api }, null, 2));
    await session?.next(
      'live',
      ({ extension, lane }) => isOf('component-basic', extension) && lane === 'published',
      from,
    );
    expect(await (await fetch(`${urls.gateway}/api/hello`)).json()).toMatchObject({
      ok: true,
      message: 'Hello from com.example.component-basic component template.',
    });
  });

  it.skipIf(chromiumPath === undefined)('ui-gallery shows its components in the browser', async () => {
    const { urls, contentHash } = await readyOf('ui-gallery');
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      const problems: string[] = [];
      page.on('pageerror', (error) => problems.push(error.message));
      await page.goto(urls.page);
      const frame = page.frameLocator('iframe[title="Extension App"]');
      await frame.getByRole('heading', { name: 'UI Kit Gallery' }).waitFor();
      expect(await frame.getByRole('button').allTextContents()).toEqual([
        'Primary',
        'Secondary',
        'Ghost',
        'Danger',
        'ID',
        'Name',
      ]);
      expect(await frame.getByRole('cell').allTextContents()).toEqual(['1', 'Alice', '2', 'Bob']);
      // The bundle that is published shows the same as the sources that are served live.
      await page.goto(urls.ui.replace('/live/', `/${contentHash}/`));
      await page.getByRole('heading', { name: 'UI Kit Gallery' }).waitFor();
      expect(problems).toEqual([]);
    } finally {
      await browser.close();
    }
  });

  it('and what is broken in them is explained', async () => {
    const hints = async (template: string) => {
      const found = await inspectProject(rootOf(template), { env: {} });
      return found.warnings.map(({ code, hint }) => `${code} ${hint}`);
    };
    expect(await hints('basic')).toEqual([
      'MANIFEST_FIELD_IGNORED "assets" can be removed; everything under ui/ is shipped.',
      // Its button says hello by alert, which the frame of the product does not allow.
      'LINT_UI_MODAL Show it in the page itself.',
    ]);
    const command = 'npm install @alga-psa/cli@^0.2.0 @alga-psa/extension-runtime@^0.3.0';
    expect(await hints('component-basic')).toEqual([
      'MANIFEST_FIELD_REFUSED Remove "entry" before publishing; it has no effect.',
      expect.stringMatching(/^WIT_OUTDATED Delete wit\/extension-runner\.wit/),
      expect.stringMatching(/^CAPABILITY_UNUSED/),
      `DEPENDENCY_VERSION_UNPUBLISHED Run: ${command}`,
      `DEPENDENCY_VERSION_UNPUBLISHED Run: ${command}`,
    ]);
    expect(await hints('ui-gallery')).toEqual([
      'MANIFEST_FIELD_IGNORED "assets" can be removed; everything under ui/ is shipped.',
    ]);
    // Its UI kit has no such property; the page is shown all the same.
    const mismatch = await session?.next(
      'warning',
      ({ code, extension }) => code === 'TYPES_MISMATCH' && isOf('ui-gallery', extension ?? ''),
    );
    expect(mismatch).toMatchObject({
      message: expect.stringContaining("Property 'variant' does not exist"),
      file: 'src/App.tsx',
      line: 11,
      column: 18,
    });
    const gallery = await inspectProject(rootOf('ui-gallery'), { env: {} });
    expect(gallery.steps.find(({ step }) => step === 'ui')?.does).toBe(
      'build ui/index.html by Vite, ./index.js from src/main.tsx, ./theme.css from ../node_modules/@alga-psa/ui-kit/src/theme/tokens.css',
    );
  });
});
