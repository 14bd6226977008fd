import { cp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Frame, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createUiServer, type UiServer } from '../../src/build/ui/index.js';
import type { AlgaError } from '../../src/core/errors/alga-error.js';
import type { UiShape } from '../../src/project/types.js';
import { chromiumPath, launchBrowser } from '../support/browser.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';

const BASE = '/runner/ext-ui/00000000-0000-5000-8000-000000000000/live/';
const SANDBOX = 'allow-scripts allow-forms allow-popups allow-same-origin';

interface Live {
  readonly server: UiServer;
  readonly page: Page;
  readonly frame: Frame;
  readonly updates: string[][];
  readonly errors: AlgaError[];
  readonly thrown: AlgaError[];
  recovered: number;
  /** Documents loaded into the iframe since it was opened. */
  loads: number;
  readonly violations: string[];
  /** Open sockets of the frame; the latest last. */
  readonly sockets: Duplex[];
  /** Ends every socket of the frame and answers nothing until `meanwhile` is done. */
  cut(meanwhile: () => Promise<unknown>): Promise<void>;
}

/** Waits for a condition; generous, because the machine may be busy with other tests. */
const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 20_000, interval: 20 });

let browser: Browser;
let project: ScratchProject;
let front: Server;
let live: Live | undefined;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());
afterEach(async () => {
  await live?.page.close();
  await live?.server.stop();
  live = undefined;
  front.closeAllConnections();
  await new Promise((resolve) => front.close(resolve));
  await project.remove();
});

/** A host page with the product's iframe, in front of the live server. */
async function open(ui: UiShape): Promise<Live> {
  const state = {
    updates: [] as string[][],
    errors: [] as AlgaError[],
    thrown: [] as AlgaError[],
    recovered: 0,
    loads: 0,
  };
  const sockets: Duplex[] = [];
  let away = false;
  front = createServer((req, res) => {
    if (away) return void req.socket.destroy();
    server.handle(req, res, () => {
      res.setHeader('content-type', 'text/html');
      res.end(
        `<iframe title="Extension App" sandbox="${SANDBOX}" src="${BASE}index.html?path=%2F"></iframe>`,
      );
    });
  });
  front.on('upgrade', (_req, socket) => sockets.push(socket));
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  const cut = async (meanwhile: () => Promise<unknown>): Promise<void> => {
    away = true;
    for (const socket of sockets.splice(0)) socket.destroy();
    await meanwhile();
    away = false;
  };
  const server = await createUiServer({
    projectRoot: project.root,
    ui,
    base: BASE,
    httpServer: front,
    onUpdate: (files) => state.updates.push(files),
    onError: (error) => state.errors.push(error),
    onThrown: (error) => state.thrown.push(error),
    onRecovered: () => {
      result.recovered++;
    },
  });
  const page = await browser.newPage();
  const violations: string[] = [];
  page.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) violations.push(message.text());
  });
  page.on('framenavigated', (frame) => {
    if (frame.parentFrame() !== null) result.loads++;
  });
  const result: Live = { ...state, server, page, violations, sockets, cut, frame: page.mainFrame() };
  await page.goto(`http://127.0.0.1:${(front.address() as AddressInfo).port}/`);
  const frame = await eventually(() => {
    const found = page.frames().find((candidate) => candidate.url().includes(BASE));
    if (found === undefined) throw new Error('no iframe yet');
    return found;
  });
  live = Object.assign(result, { frame });
  return live;
}

const viteUi = (): UiShape => ({
  root: join(project.root, 'ui'),
  kind: 'vite',
  viteConfig: join(project.root, 'vite.config.ts'),
});

describe.skipIf(chromiumPath === undefined)(
  'a live UI in the sandboxed iframe, under the production policy',
  () => {
    it('takes an edit without a reload and keeps the state', async () => {
      project = await scratchProject('full', 'ui-live');
      const { page, frame, updates, violations } = await open(viteUi());
      const button = frame.getByRole('button', { name: /Clicked/ });
      await button.click();
      await button.click();
      const loads = live?.loads;
      await project.edit('ui/src/App.tsx', 'Clicked {clicks} times', 'Pressed {clicks} times');
      await frame.getByRole('button', { name: 'Pressed 2 times' }).waitFor();
      await eventually(() => expect(updates).toEqual([[join(project.root, 'ui/src/App.tsx')]]));
      await project.edit('ui/src/styles.css', '.page {', '.page { letter-spacing: 7px;');
      await eventually(async () => {
        expect(await frame.evaluate("getComputedStyle(document.querySelector('.page')).letterSpacing")).toBe(
          '7px',
        );
      });
      expect(live?.loads).toBe(loads);
      expect(violations).toEqual([]);
      expect(await page.locator('iframe').getAttribute('sandbox')).toBe(SANDBOX);
    });

    it('is told once of a save that is written in two goes', async () => {
      project = await scratchProject('full', 'ui-goes');
      const { frame, updates } = await open(viteUi());
      await frame.getByRole('button', { name: 'Clicked 0 times' }).waitFor();
      const saves = ['App.tsx', 'styles.css', 'Notes.tsx'].map((name) => join('ui/src', name));
      for (const [index, save] of saves.entries()) {
        const text = await project.read(save);
        await project.write(save, '');
        // Long enough for the watcher to tell of the empty file; the last time by a writer who is held up.
        await delay(index === saves.length - 1 ? 200 : 20);
        await project.write(save, `${text}\n/* saved */\n`);
        await eventually(() => expect(updates).toHaveLength(index + 1));
      }
      await frame.getByRole('button', { name: 'Clicked 0 times' }).click();
      expect(updates).toEqual(saves.map((save) => [join(project.root, save)]));
    });

    it('keeps the page and its state on a broken edit, tells the place, and mends by itself', async () => {
      project = await scratchProject('full', 'ui-broken');
      const { frame, errors, updates } = await open(viteUi());
      await frame.getByRole('button', { name: /Clicked/ }).click();
      const loads = live?.loads;
      await project.edit('ui/src/App.tsx', 'const [clicks', 'const const [clicks');
      await eventually(() => expect(errors).toHaveLength(1));
      expect(errors[0]).toMatchObject({
        code: 'UI_SYNTAX',
        location: { file: 'ui/src/App.tsx', line: 10, frame: expect.stringContaining('> 10 |') },
      });
      await frame.getByRole('button', { name: 'Clicked 1 times' }).click();
      expect(updates).toEqual([]);
      await project.edit('ui/src/App.tsx', 'const const [clicks', 'const [clicks');
      await project.edit('ui/src/App.tsx', 'Clicked {clicks} times', 'Mended {clicks} times');
      await frame.getByRole('button', { name: 'Mended 2 times' }).waitFor();
      await eventually(() => expect(live?.recovered).toBe(1));
      expect(live?.loads).toBe(loads);
    });

    it('keeps its state when its socket is cut, and takes what was and is edited', async () => {
      project = await scratchProject('full', 'ui-cut');
      const { frame, updates, sockets, cut } = await open(viteUi());
      const button = (text: string) => frame.getByRole('button', { name: text });
      await button('Clicked 0 times').click();
      await eventually(() => expect(sockets).toHaveLength(1));
      const loads = live?.loads;
      await cut(async () => {
        await project.edit('ui/src/App.tsx', 'Clicked {', 'Pressed {');
        await eventually(() => expect(updates).toHaveLength(1));
        await button('Clicked 1 times').click();
      });
      await button('Pressed 2 times').click();
      await project.edit('ui/src/App.tsx', 'Pressed {', 'Tapped {');
      await button('Tapped 3 times').waitFor();
      await cut(async () => undefined);
      await eventually(() => expect(sockets).toHaveLength(1));
      await project.edit('ui/src/App.tsx', 'Tapped {', 'Clicked {');
      await button('Clicked 3 times').waitFor();
      expect(live?.loads).toBe(loads);
    });

    it('tells what the page throws, at its place in the source', async () => {
      project = await scratchProject('full', 'ui-thrown');
      await project.edit(
        'ui/src/App.tsx',
        '{document.title}',
        '{document.title} <i onClick={() => fail("first")}>A</i> <i onClick={async () => fail("later")}>B</i>',
      );
      const app = await project.read('ui/src/App.tsx');
      await project.write(
        'ui/src/App.tsx',
        `${app}\n// Above all types.\ninterface Word {}\nfunction fail(word: Word | string): never {\n  throw new Error(\`the ${'${'}String(word)} fault\`);\n}\n`,
      );
      const { frame, thrown } = await open(viteUi());
      for (const button of ['A', 'B', 'A']) await frame.getByText(button, { exact: true }).click();
      await eventually(() => expect(thrown).toHaveLength(2));
      const line =
        (await project.read('ui/src/App.tsx')).split('\n').findIndex((text) => /throw new/.test(text)) + 1;
      expect(thrown.map(({ location }) => [location?.file, location?.line, location?.column])).toEqual([
        ['ui/src/App.tsx', line, 9],
        ['ui/src/App.tsx', line, 9],
      ]);
      expect(thrown[0]).toMatchObject({
        code: 'UI_THREW',
        message: expect.stringContaining('the first fault'),
        location: { frame: expect.stringContaining('throw new Error') },
      });
    });

    it('shows a page that was opened broken as soon as it is mended', async () => {
      project = await scratchProject('full', 'ui-first');
      await project.edit('ui/src/App.tsx', './Notes.tsx', './Nodes.tsx');
      const { frame, errors } = await open(viteUi());
      await eventually(() => expect(errors).toHaveLength(1));
      expect(errors[0]).toMatchObject({
        code: 'UI_IMPORT_MISSING',
        location: { file: 'ui/src/App.tsx', line: 3, column: 23 },
      });
      await frame.waitForLoadState('load');
      await project.edit('ui/src/App.tsx', './Nodes.tsx', './Notes.tsx');
      await frame.getByRole('button', { name: 'Clicked 0 times' }).waitFor();
      await eventually(() => expect(live?.recovered).toBe(1));
    });

    it('takes a missing file that is created later', async () => {
      project = await scratchProject('full', 'ui-create');
      const { frame, errors } = await open(viteUi());
      await frame.getByRole('button', { name: 'Clicked 0 times' }).click();
      const app = await project.read('ui/src/App.tsx');
      await project.write(
        'ui/src/App.tsx',
        `import { word } from './word.ts';\n${app.replace('Clicked {', '{word} {')}`,
      );
      await eventually(() => expect(errors.map(({ code }) => code)).toEqual(['UI_IMPORT_MISSING']));
      await project.write('ui/src/word.ts', "export const word = 'Tapped';\n");
      await frame.getByRole('button', { name: 'Tapped 1 times' }).waitFor();
      expect(live?.recovered).toBe(1);
    });

    it('follows a changed configuration, and stays up with a broken one', async () => {
      project = await scratchProject('full', 'ui-reconfigured');
      await project.edit(
        'ui/src/App.tsx',
        '{document.title}',
        '{document.title} {String(import.meta.env.VITE_WORD)}',
      );
      const { frame, errors } = await open(viteUi());
      await frame.getByRole('heading', { name: 'undefined' }).waitFor();
      await project.edit(
        'vite.config.ts',
        "base: './',",
        "base: './', define: { 'import.meta.env.VITE_WORD': ' },",
      );
      await eventually(() => expect(errors.map(({ code }) => code)).toEqual(['UI_CONFIG_INVALID']));
      await frame.getByRole('button', { name: 'Clicked 0 times' }).click();
      await project.edit('vite.config.ts', "VITE_WORD': ' }", `VITE_WORD': '"adjusted"' }`);
      await frame.getByRole('heading', { name: 'adjusted' }).waitFor();
      expect(live?.recovered).toBe(1);
    });

    it('comes back when its process ends', async () => {
      project = await scratchProject('full', 'ui-again');
      const config = await project.read('vite.config.ts');
      const exit = `{ name: 'exit', configureServer: (server) => { server.ws.on('test:exit', () => process.exit(9)); } }`;
      await project.write('vite.config.ts', config.replace('react()', `react(), ${exit}`));
      await project.edit(
        'ui/src/App.tsx',
        '{document.title}',
        '{document.title} <button onClick={() => import.meta.hot?.send("test:exit")}>Exit</button>',
      );
      const { frame, errors } = await open(viteUi());
      await frame.getByRole('button', { name: 'Clicked 0 times' }).click();
      await frame.getByRole('button', { name: 'Exit' }).click();
      await eventually(() => expect(errors.map(({ code }) => code)).toEqual(['UI_PROCESS_LOST']));
      await frame.getByRole('button', { name: 'Clicked 0 times' }).waitFor();
      await eventually(() => expect(live?.recovered).toBe(1));
    });

    it('blocks what the product blocks: code that the author wrote into the page', async () => {
      project = await scratchProject('full', 'ui-inline');
      await project.edit('ui/index.html', '<body>', '<body><script>document.title = "inline";</script>');
      const { frame, violations } = await open(viteUi());
      await frame.getByRole('heading', { name: 'ui-inline' }).waitFor();
      expect(violations).toHaveLength(1);
    });
  },
);

describe.skipIf(chromiumPath === undefined)('a plain UI, live', () => {
  it('replaces a style sheet in place and loads the page anew for the rest', async () => {
    project = await scratchProject('ui-static', 'ui-plain');
    const { frame, updates, violations } = await open({ root: join(project.root, 'ui'), kind: 'static' });
    // The button is there before the script that counts is.
    await frame.waitForLoadState('load');
    await frame.getByRole('button', { name: 'Click' }).click();
    await project.edit('ui/styles.css', '.card {', '.card { letter-spacing: 7px;');
    await eventually(async () => {
      expect(await frame.evaluate("getComputedStyle(document.querySelector('.card')).letterSpacing")).toBe(
        '7px',
      );
    });
    expect(await frame.locator('#clicks').textContent()).toBe('1');
    await project.edit(
      'ui/main.js',
      "getElementById('clicks');",
      "getElementById('clicks');\nclicks.textContent = '41';",
    );
    await eventually(async () => expect(await frame.locator('#clicks').textContent()).toBe('41'));
    expect(updates).toEqual([[join(project.root, 'ui/styles.css')], [join(project.root, 'ui/main.js')]]);
    expect(violations).toEqual([]);
  });

  it('is loaded anew when the build that the project runs itself is done', async () => {
    project = await scratchProject('ui-static', 'ui-prebuilt');
    const root = join(project.root, 'dist/ui');
    const buildAgain = async () => {
      await rm(join(project.root, 'dist'), { recursive: true, force: true });
      await cp(join(project.root, 'ui'), root, { recursive: true });
    };
    await buildAgain();
    const command = { command: ['make'], cwd: project.root, inputs: [], outputs: [root] };
    const { frame, server } = await open({ root, kind: 'prebuilt', build: command });
    await frame.getByRole('button', { name: 'Click' }).waitFor();
    for (const word of ['Tap', 'Press']) {
      await project.edit(
        'ui/index.html',
        /id="click">(\w+)/.exec(await project.read('ui/index.html'))?.[0] ?? '',
        `id="click">${word}`,
      );
      await buildAgain();
      server.refresh();
      await frame.getByRole('button', { name: word }).waitFor();
    }
  });
});
