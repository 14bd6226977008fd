import { execFile } from 'node:child_process';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/entry.js';
import type { ReadyEvent } from '../../src/dev/events.js';
import { type RunningSession, startSession, temporaryHome } from '../support/session.js';
import { workFolder } from '../testing/support.js';

const HANDLER = `export function handler(request) {
  const body = new TextEncoder().encode(JSON.stringify({ shape: 'from the handler', url: request.http.url }));
  return { status: 200, headers: [], body };
}
`;
const page = (title: string) =>
  `<!doctype html>\n<html lang="en"><head><title>${title}</title></head><body></body></html>\n`;
/** A build of the page as another tool would do it: nothing of it is known here. */
const BUILD = `import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
mkdirSync('out', { recursive: true });
writeFileSync('out/index.html', readFileSync('page/index.html', 'utf8').replace('page', 'page, built'));
`;

const PARTS = 'Tests/com.example.parts';
const PREBUILT = 'Tests/com.example.prebuilt';
const LATE = 'Tests/com.example.late';

let root: string;
/** An extension whose component is built elsewhere. */
let prebuilt: string;
/** An extension that has a page, and no component yet. */
let late: string;
let home: Awaited<ReturnType<typeof temporaryHome>>;
let session: RunningSession;
let ready: ReadyEvent;

const manifest = (name: string) => ({
  ...{ name, publisher: 'Tests', version: '1.0.0', runtime: 'wasm-js@1', capabilities: [] },
  api: { endpoints: [{ method: 'GET', path: '/api/it', handler: 'dist/main' }] },
});

/** Builds an extension's component away from it, and puts it there. */
async function deliverComponent(answers: string, to = prebuilt): Promise<void> {
  await write('elsewhere/guest/answer.txt', answers);
  await promisify(execFile)(process.execPath, ['build.mjs'], { cwd: join(root, 'elsewhere') });
  await mkdir(join(to, 'dist'), { recursive: true });
  await cp(join(root, 'elsewhere/dist/main.wasm'), join(to, 'dist/main.wasm'));
}

const write = async (path: string, text: string): Promise<void> => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
};

/** An extension with a handler and a page, both found without configuration. */
beforeAll(async () => {
  root = await workFolder('parts');
  const fixture = join(packageRoot(), 'test/fixtures/projects/other-language');
  for (const name of ['guest', 'build.mjs', 'elsewhere/guest', 'elsewhere/build.mjs']) {
    await cp(join(fixture, basename(name)), join(root, name), { recursive: true });
  }
  await write(
    'manifest.json',
    JSON.stringify({
      ...manifest('com.example.parts'),
      ui: { type: 'iframe', entry: 'ui/index.html', hooks: { appMenu: { label: 'Parts' } } },
    }),
  );
  await write('src/handler.js', HANDLER);
  await write('ui/index.html', page('ui'));
  await write('page/index.html', page('page'));
  await write('page.mjs', BUILD);
  await write('alga.config.json', '{}');
  prebuilt = await workFolder('prebuilt');
  await writeFile(join(prebuilt, 'manifest.json'), JSON.stringify(manifest('com.example.prebuilt')));
  await deliverComponent('first');
  late = await workFolder('late');
  const ui = { type: 'iframe', entry: 'ui/index.html', hooks: { appMenu: { label: 'Late' } } };
  await writeFile(join(late, 'manifest.json'), JSON.stringify({ ...manifest('com.example.late'), ui }));
  await mkdir(join(late, 'ui'));
  await writeFile(join(late, 'ui/index.html'), page('late'));
  home = await temporaryHome();
  session = startSession([root, prebuilt, late], { home: home.home, args: ['--port', '0'] });
  ready = await session.next('ready', ({ extension }) => extension === PARTS);
});
afterAll(async () => {
  await session?.leave();
  await home?.remove();
  for (const folder of [root, prebuilt, late]) await rm(folder, { recursive: true, force: true });
});

/** Does something and waits until it is published. Gives the new hash. */
async function published(change: () => Promise<void>, of = PARTS): Promise<string | undefined> {
  const from = session.mark();
  await change();
  const failed = session.next('error', undefined, from).then((error) => {
    throw new Error(`${error.code}: ${error.message}`);
  });
  failed.catch(() => undefined);
  const live = session.next(
    'live',
    ({ extension, lane, changed }) => extension === of && lane === 'published' && changed === true,
    from,
  );
  return (await Promise.race([live, failed])).contentHash;
}

const configure = (config: object) =>
  published(() => write('alga.config.json', `${JSON.stringify(config, null, 2)}\n`));
const answer = async ({ urls } = ready) => (await fetch(`${urls.gateway}/api/it`)).json();

/** Titles of the live page and the published one. */
async function titles(contentHash: string | undefined): Promise<(string | undefined)[]> {
  const urls = [ready.urls.ui, ready.urls.ui.replace('/live/', `/${contentHash}/`)];
  const pages = await Promise.all(urls.map(async (url) => (await fetch(url)).text()));
  return pages.map((text) => /<title>(.*)<\/title>/.exec(text)?.[1]);
}

describe('the parts of a project, configured anew while alga dev runs', () => {
  it('are the ones found at first', async () => {
    expect(await answer()).toMatchObject({ shape: 'from the handler' });
    expect(await titles(ready.contentHash)).toEqual(['ui', 'ui']);
  });

  it('ui: another folder, a build of its own, and back', async () => {
    expect(await titles(await configure({ ui: { root: 'page' } }))).toEqual(['page', 'page']);
    const ui = { root: 'page', build: 'node page.mjs', output: 'out' };
    expect(await titles(await configure({ ui }))).toEqual(['page, built', 'page, built']);
    const edited = await published(() => write('page/index.html', page('the page')));
    expect(await titles(edited)).toEqual(['the page, built', 'the page, built']);
    expect(await titles(await configure({}))).toEqual(['ui', 'ui']);
  });

  it('component: a command in place of the handler, run again for its inputs, and back', async () => {
    await configure({ component: { build: 'node build.mjs', watch: ['guest'] } });
    expect(await answer()).toMatchObject({ shape: 'other-language', url: '/api/it' });
    await published(() => write('guest/answer.txt', 'edited\n'));
    expect(await answer()).toMatchObject({ shape: 'edited' });
    await configure({});
    expect(await answer()).toMatchObject({ shape: 'from the handler' });
  });

  it('a part that is not there is told with its setting, and the last good ones stay', async () => {
    const from = session.mark();
    await write('alga.config.json', '{ "ui": { "root": "absent" } }\n');
    const error = await session.next('error', undefined, from);
    expect(error).toMatchObject({ code: 'CONFIG_PATH', message: expect.stringContaining('absent') });
    expect(await answer()).toMatchObject({ shape: 'from the handler' });
    const again = session.mark();
    await write('alga.config.json', '{}\n');
    await session.next('live', ({ lane }) => lane === 'published', again);
    expect((await fetch(ready.urls.ui)).status).toBe(200);
  });
});

it('a component that another tool leaves in dist/ is taken as soon as it changes', async () => {
  const other = await session.next('ready', ({ extension }) => extension === PREBUILT);
  expect(await answer(other)).toMatchObject({ shape: 'first' });
  await published(() => deliverComponent('second'), PREBUILT);
  expect(await answer(other)).toMatchObject({ shape: 'second' });
});

it('a component that appears in dist/ for the first time is taken, and stays live when it is gone', async () => {
  const other = await session.next('ready', ({ extension }) => extension === LATE);
  const call = () => fetch(`${other.urls.gateway}/api/it`);
  expect((await call()).status).toBeGreaterThanOrEqual(400);
  await published(() => deliverComponent('late', late), LATE);
  expect(await answer(other)).toMatchObject({ shape: 'late' });
  expect((await fetch(other.urls.ui)).status).toBe(200);
  const from = session.mark();
  await rm(join(late, 'dist'), { recursive: true });
  const error = await session.next('error', ({ extension }) => extension === LATE, from);
  expect(error).toMatchObject({
    code: 'COMPONENT_OUTPUT_MISSING',
    message: expect.stringMatching(/main\.wasm, where another tool has to leave it/),
  });
  expect(await answer(other)).toMatchObject({ shape: 'late' });
});
