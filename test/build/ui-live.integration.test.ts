import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer, get, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import {
  createUiServer,
  PRODUCTION_POLICY,
  UiProgram,
  type UiServer,
  type UiServerOptions,
} from '../../src/build/ui/index.js';
import { packageRoot } from '../../src/core/entry.js';
import type { AlgaError } from '../../src/core/errors/alga-error.js';
import type { UiShape } from '../../src/project/types.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';

const BASE = '/runner/ext-ui/00000000-0000-5000-8000-000000000000/live/';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let project: ScratchProject;
let front: Server | undefined;
let server: UiServer | undefined;

async function serve(ui: UiShape, options: Partial<UiServerOptions> = {}): Promise<void> {
  const listening = createServer((req, res) => server?.handle(req, res, () => res.writeHead(418).end()));
  front = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  server = await createUiServer({
    projectRoot: project.root,
    ui,
    base: BASE,
    httpServer: listening,
    onUpdate: () => undefined,
    onError: () => undefined,
    onRecovered: () => undefined,
    ...options,
  });
}

afterEach(async () => {
  await server?.stop();
  server = undefined;
  front?.closeAllConnections();
  await new Promise((resolve) => (front === undefined ? resolve(undefined) : front.close(resolve)));
  front = undefined;
  await project.remove();
});

const port = (): number => {
  const address = front?.address() as AddressInfo | undefined;
  return address?.port ?? 0;
};
const viteUi = (): UiShape => ({
  root: join(project.root, 'ui'),
  kind: 'vite',
  viteConfig: join(project.root, 'vite.config.ts'),
});

/** A request as it is given: no client tidies the path or the headers. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = get({ port: port(), host: '127.0.0.1', path, headers, method }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('end', () =>
        resolve({
          status: res.statusCode ?? 0,
          headers: res.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    request.on('error', reject);
  });
}

/** Opens a socket; gives `open`, or the status of the refusal. */
function dial(
  query: string,
  headers: Record<string, string>,
  protocol = 'vite-hmr',
): Promise<string | number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port()}${BASE}${query}`, protocol, { headers });
    socket.on('open', () => {
      socket.close();
      resolve('open');
    });
    socket.on('unexpected-response', (_req, res) => resolve(res.statusCode ?? 0));
    socket.on('error', () => undefined);
  });
}

describe('a Vite UI, live', () => {
  it('sends pages with the production policy plus its one socket, and no inline script', async () => {
    project = await scratchProject('full', 'ui-http');
    await serve(viteUi());
    const page = await ask(`${BASE}index.html?path=%2F&tenant=t`);
    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toBe('text/html');
    expect(page.headers['x-content-type-options']).toBe('nosniff');
    expect(page.headers['content-security-policy']).toBe(
      PRODUCTION_POLICY.replace("connect-src 'self'", `connect-src 'self' ws://127.0.0.1:${port()}${BASE}`),
    );
    const scripts = [...page.body.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/g)];
    expect(scripts.length).toBeGreaterThan(2);
    for (const [, attributes, code] of scripts) {
      expect(code).toBe('');
      const src = /src="([^"]+)"/.exec(attributes ?? '')?.[1] ?? '';
      const answer = await ask(new URL(src, `http://x${BASE}index.html`).pathname);
      expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'text/javascript' } });
    }
  });

  it('never serves the empty file that a save leaves for a moment', async () => {
    project = await scratchProject('full', 'ui-http-saving');
    const saving = `{
      name: 'a-save-at-the-worst-moment',
      load(id) {
        if (!id.endsWith('/useBoard.ts')) return;
        const text = readFileSync(id);
        writeFileSync(id, '');
        setTimeout(() => writeFileSync(id, text), 20);
      },
    }`;
    const config = await project.read('vite.config.ts');
    await project.write(
      'vite.config.ts',
      `import { readFileSync, writeFileSync } from 'node:fs';\n${config.replace('plugins: [', `plugins: [${saving}, `)}`,
    );
    await serve(viteUi());
    expect((await ask(`${BASE}src/useBoard.ts`)).body).toContain('export function useBoard');
  });

  it('answers what is no file with the page, as the product does, but not a script', async () => {
    project = await scratchProject('full', 'ui-http-spa');
    await serve(viteUi());
    expect((await ask(`${BASE}some/route`)).body).toContain('<div id="root">');
    expect((await ask(`${BASE}src/missing.ts`, { 'sec-fetch-dest': 'script' })).status).toBe(404);
    expect((await ask('/elsewhere')).status).toBe(418);
  });

  it.each([
    ['a file beside the UI', (root: string) => `@fs${root}/manifest.json`],
    ['the same as raw text', (root: string) => `@fs${root}/manifest.json?raw`],
    ['the same as an import', (root: string) => `@fs${root}/src/handler.ts?import&raw`],
    ['the handler', (root: string) => `@fs${root}/src/handler.ts`],
    ['double question marks', (root: string) => `@fs${root}/src/handler.ts?raw??`],
    ['a parent folder', () => '../manifest.json'],
    ['an encoded parent folder', () => '%2e%2e/manifest.json'],
    ['an encoded slash', () => '..%2fmanifest.json'],
    ['a hidden file', () => '.env'],
    ['a hidden file as raw text', () => '.env?raw'],
    ['an encoded hidden file', () => '%2eenv?import&raw'],
    ['a system file', () => '@fs/etc/passwd?raw'],
    ['the door to the editor', () => '__open-in-editor?file=x'],
    ['the encoded door to the editor', () => '%5f_open-in-editor?file=x'],
  ])('does not serve %s', async (_name, path) => {
    project = await scratchProject('full', 'ui-http-out');
    await writeFile(join(project.root, 'ui/.env'), 'VITE_SECRET=canary\n');
    await serve(viteUi());
    const answer = await ask(`${BASE}${path(project.root)}`);
    expect(answer.body).not.toMatch(/canary|wasm-js@1|export function handler|root:/);
    if (answer.status === 200) expect(answer.body).toContain('<div id="root">');
  });

  it('serves what a served module imports from beside the UI', async () => {
    project = await scratchProject('full', 'ui-http-shared');
    await writeFile(join(project.root, 'shared.ts'), "export const shared = 'shared-word';\n");
    await project.edit('ui/src/types.ts', '/** What', "export { shared } from '../../shared.ts';\n/** What");
    await serve(viteUi());
    expect((await ask(`${BASE}@fs${project.root}/shared.ts?raw`)).body).not.toContain('shared-word');
    const importer = await ask(`${BASE}src/types.ts`);
    expect(importer.body).toContain('/@fs/');
    expect((await ask(`${BASE}@fs${project.root}/shared.ts`)).body).toContain('shared-word');
  });

  it('keeps cookies and authorization of the application to itself, in both directions', async () => {
    project = await scratchProject('full', 'ui-http-cookie');
    const echo = `{ name: 'echo', configureServer: (s) => { s.middlewares.use('${BASE}echo', (req, res) => {
      res.setHeader('set-cookie', 'a=b'); res.setHeader('access-control-allow-origin', '*');
      res.end(JSON.stringify(req.headers)); }); } }`;
    await project.edit('vite.config.ts', 'react()', `react(), ${echo}`);
    await serve(viteUi());
    const answer = await ask(`${BASE}echo`, {
      cookie: 'session=canary',
      authorization: 'Bearer canary',
      'x-api-key': 'canary',
    });
    expect(answer.body).toContain('"host"');
    expect(answer.body).not.toContain('canary');
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('refuses other hosts, other methods and scripts loaded by other sites, and sends no CORS header', async () => {
    project = await scratchProject('full', 'ui-http-host');
    await serve(viteUi());
    const module = `${BASE}src/types.ts`;
    for (const host of [
      'evil.example',
      `localhost.evil.example:${port()}`,
      `127.0.0.1:1`,
      `localhost.:${port()}`,
    ]) {
      expect((await ask(module, { host })).status, host).toBe(403);
    }
    expect((await ask(module, { host: `LOCALHOST:${port()}` })).status).toBe(200);
    expect((await ask(module, {}, 'POST')).status).toBe(405);
    const classic = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'no-cors',
      'sec-fetch-dest': 'script',
    };
    expect((await ask(module, classic)).status).toBe(403);
    const foreign = await ask(module, { origin: 'http://evil.example' });
    expect(foreign.headers['access-control-allow-origin']).toBeUndefined();
    expect(foreign.headers['cross-origin-resource-policy']).toBe('same-origin');
  });

  it('opens a socket only with the token, from a page of its own host', async () => {
    project = await scratchProject('full', 'ui-http-socket');
    await serve(viteUi());
    const client = (await ask(`${BASE}@vite/client`)).body;
    const token = /wsToken = "([^"]+)"/.exec(client)?.[1] ?? '';
    expect(token).not.toBe('');
    const own = { origin: `http://127.0.0.1:${port()}` };
    expect(await dial(`?token=${token}`, own)).toBe('open');
    expect(await dial(`?token=${token}`, { origin: 'null' })).toBe('open');
    expect(await dial('', own)).toBe(401);
    expect(await dial('', {})).toBe(401);
    expect(await dial('?token=wrong', {})).toBe(401);
    expect(await dial('', own, 'vite-ping')).toBe(401);
    expect(await dial(`?token=${token}`, { origin: 'http://evil.example' })).toBe(403);
    expect(await dial(`?token=${token}`, { ...own, host: 'evil.example' })).toBe(403);
  });

  it('takes no notice of what the code of a project tells a parent process', async () => {
    project = await scratchProject('full', 'ui-http');
    await project.edit('vite.config.ts', 'import', "process.send?.({ type: 'ready' });\nimport");
    await serve(viteUi());
    expect((await ask(`${BASE}index.html`)).status).toBe(200);
  });

  it('is up for a broken configuration, and gone without a trace after stop', async () => {
    project = await scratchProject('full', 'ui-http-stop');
    const listeners = () => front?.listenerCount('upgrade');
    await project.edit('vite.config.ts', 'react()', 'react(');
    await serve(viteUi());
    expect(listeners()).toBe(1);
    expect((await ask(`${BASE}index.html`)).status).toBe(503);
    await server?.stop();
    expect(listeners()).toBe(0);
    await server?.stop();
  });
});

describe('a plain UI, live', () => {
  it('is served as the runner serves it', async () => {
    project = await scratchProject('ui-static', 'ui-http-plain');
    const root = join(project.root, 'ui');
    await writeFile(join(root, 'film.mp4'), 'x');
    await writeFile(join(root, '.secret.js'), 'canary');
    await symlink(join(project.root, 'manifest.json'), join(root, 'manifest.json'));
    await serve({ root, kind: 'static' });
    const script = await ask(`${BASE}main.js`);
    expect(script.headers['content-type']).toBe('text/javascript');
    expect(script.body).toBe(await project.read('ui/main.js'));
    expect((await ask(`${BASE}film.mp4`)).status).toBe(400);
    expect((await ask(`${BASE}.secret.js`)).status).toBe(400);
    expect((await ask(`${BASE}..%2fmanifest.json`)).body).not.toContain('static@1');
    expect((await ask(`${BASE}manifest.json`)).body).toContain('<main class="card">');
    const page = await ask(`${BASE}no/such/file`);
    expect(page.headers['content-security-policy']).toContain("script-src 'self';");
    expect(page.body).toContain(`${BASE}@vite/client`);
  });
});

describe('a live UI’s program that was started ahead', () => {
  it('is the one that serves, and goes with the server', async () => {
    project = await scratchProject('full', 'ui-http-ahead');
    const program = new UiProgram(project.root);
    let ended = false;
    void program.process.ended.then(() => {
      ended = true;
    });
    const mark = join(project.root, 'pids');
    await project.edit(
      'vite.config.ts',
      'import',
      `import { appendFileSync } from 'node:fs';\nappendFileSync(${JSON.stringify(mark)}, process.pid + '\\n');\nimport`,
    );
    await serve(viteUi(), { program });
    expect((await ask(BASE)).status).toBe(200);
    const pids = new Set((await readFile(mark, 'utf8')).trim().split('\n'));
    expect(pids.size).toBe(1);
    expect(ended).toBe(false);
    await server?.stop();
    server = undefined;
    expect(ended).toBe(true);
    await expect(stat(program.folder)).rejects.toThrow();
  });

  it('is stopped with nothing left when nobody wants it', async () => {
    project = await scratchProject('full', 'ui-http-unused');
    const program = new UiProgram(project.root);
    await program.stop();
    await expect(stat(program.folder)).rejects.toThrow();
  });
});

describe('what a page will load', () => {
  it('is looked at when that is asked for', async () => {
    project = await scratchProject('full', 'ui-http-later');
    await project.edit('ui/src/App.tsx', 'export function App', 'export function App(((');
    const errors: AlgaError[] = [];
    await serve(viteUi(), { warmsUpLater: true, onError: (error) => errors.push(error) });
    expect(errors).toEqual([]);
    server?.warmUp();
    await vi.waitFor(() => expect(errors).toMatchObject([{ location: { file: 'ui/src/App.tsx' } }]));
  });
});

describe('the process behind a live UI', () => {
  it('ends when the session is killed, even while it is stuck in an endless loop', async () => {
    project = await scratchProject('full', 'ui-http-orphan');
    const door = pathToFileURL(join(packageRoot(), 'dist/src/build/ui/index.js')).href;
    const script = `
      import { createServer } from 'node:http';
      const { createUiServer } = await import(${JSON.stringify(door)});
      const nothing = () => {};
      createUiServer({ projectRoot: ${JSON.stringify(project.root)}, ui: ${JSON.stringify(viteUi())}, base: '/x/',
        httpServer: createServer(), onUpdate: nothing, onError: nothing, onRecovered: nothing });
    `;
    const mark = join(project.root, 'pid');
    await project.write(
      'vite.config.ts',
      `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(mark)}, String(process.pid));\nfor (;;);\n`,
    );
    const folder = await mkdtemp(join(tmpdir(), 'alga-orphan-'));
    const session = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: 'ignore',
      env: { ...process.env, TMPDIR: folder },
    });
    const child = await vi.waitFor(async () => Number(await project.read('pid')), { timeout: 20_000 });
    session.kill('SIGKILL');
    await once(session, 'exit');
    await vi.waitFor(() => expect(() => process.kill(child, 0)).toThrow(), { timeout: 20_000 });
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });
});
