import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AlgaError } from '../core/errors/alga-error.js';
import { shownPath } from './files.js';
import { loadProject } from './load.js';
import type { Project } from './types.js';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'alga-project-'));
});
afterEach(async () => {
  await rm(root, { recursive: true });
});

const UI = { type: 'iframe', entry: 'ui/index.html', hooks: { appMenu: { label: 'Demo' } } };
const API = { endpoints: [{ method: 'GET', path: '/', handler: 'dist/main' }] };
const BOTH = { ui: UI, api: API };
const PAGE = (script: string) => `<!doctype html><script type="module" src="${script}"></script>`;
const ONE = 'export async function handler(request) { return { status: 200, headers: [], body: null }; }';
const TWO = 'export async function handler(request, host) { return host.x(); }';
const WRAPPER =
  "import { getContext } from 'alga:extension/context';\nimport { handler as inner } from './handler.js';\nexport async function handler(request) { return inner(request, { getContext }); }";

type Files = Readonly<Record<string, string>>;

function manifest(extra: object): string {
  return JSON.stringify({
    name: 'com.example.demo',
    publisher: 'Ex',
    version: '1.0.0',
    runtime: 'wasm-js@1',
    ...extra,
  });
}

function scripts(lines: Readonly<Record<string, string>>): string {
  return JSON.stringify({ name: 'demo', scripts: lines });
}

async function write(files: Files): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

/** The project in terms of relative paths. */
function shown(project: Project): Record<string, unknown> {
  const { handler, ui, prebuiltComponent } = project;
  const short = (path: string) => shownPath(project.root, path);
  return {
    ...(handler === undefined ? {} : { handler: short(handler.entry), in: short(handler.root) }),
    ...(handler?.witPath === undefined ? {} : { wit: short(handler.witPath) }),
    ...(prebuiltComponent === undefined ? {} : { component: short(prebuiltComponent) }),
    ...(ui === undefined ? {} : { ui: `${ui.kind} ${short(ui.root)}` }),
    ...(ui?.viteConfig === undefined ? {} : { vite: short(ui.viteConfig) }),
    ...(ui?.build === undefined ? {} : { build: ui.build.command.join(' ') }),
    ...(ui?.replacements === undefined
      ? {}
      : { from: ui.replacements.map((r) => `${r.url} <- ${r.source === undefined ? '' : short(r.source)}`) }),
    warnings: project.warnings.map(({ code }) => code),
  };
}

async function loaded(files: Files): Promise<Record<string, unknown>> {
  await write(files);
  return shown(await loadProject(root));
}

describe('shapes of projects', () => {
  it('A: a hand-written UI without package.json', async () => {
    expect(
      await loaded({
        'manifest.json': manifest({ ui: UI }),
        'ui/index.html': PAGE('./main.js'),
        'ui/main.js': "import './part.js';",
        'ui/part.js': 'document.title = "x";',
      }),
    ).toEqual({ ui: 'static ui', warnings: [] });
  });

  it('B: a hand-written UI that a script copies', async () => {
    expect(
      await loaded({
        'manifest.json': manifest({ ui: UI }),
        'package.json': scripts({ build: 'node ./scripts/build.mjs' }),
        'scripts/build.mjs': "cpSync(resolve(root, 'ui'), resolve(root, 'dist/ui'));",
        'ui/index.html': PAGE('./index.js'),
        'ui/index.js': 'alert(1);',
        'dist/ui/index.html': 'old copy',
      }),
    ).toEqual({ ui: 'static ui', warnings: [] });
  });

  it('C: a UI that a program bundles over a placeholder', async () => {
    expect(
      await loaded({
        'manifest.json': manifest({ ui: UI }),
        'package.json': scripts({ build: 'node ./scripts/build.mjs' }),
        'scripts/build.mjs':
          "const esbuild = await import('esbuild');\nawait esbuild.build({\n  entryPoints: [resolve(root, 'src/main.tsx')],\n  outfile: resolve(dist, 'ui/index.js'),\n});",
        'ui/index.html': `<link rel="stylesheet" href="./theme.css" />${PAGE('./index.js')}`,
        'ui/index.js': 'alert("placeholder");',
        'src/main.tsx': 'export {};',
        'node_modules/@alga-psa/ui-kit/package.json': '{"exports":{"./theme.css":"./src/tokens.css"}}',
        'node_modules/@alga-psa/ui-kit/src/tokens.css': ':root {}',
      }),
    ).toEqual({
      ui: 'vite ui',
      from: ['./index.js <- src/main.tsx', './theme.css <- node_modules/@alga-psa/ui-kit/src/tokens.css'],
      warnings: [],
    });
  });

  it('D: a Vite library build beside the page', async () => {
    expect(
      await loaded({
        'manifest.json': manifest({ ui: UI }),
        'package.json': scripts({ build: 'vite build -c vite.iframe.config.ts' }),
        'vite.config.ts': "export default { build: { lib: { entry: 'src/index.ts' }, outDir: 'dist' } };",
        'vite.iframe.config.ts':
          "export default {\n  build: {\n    lib: { entry: resolve(__dirname, 'src/iframe/main.tsx'), formats: ['es'] },\n    outDir: 'ui/dist/iframe',\n  } };",
        'ui/index.html': PAGE('./dist/iframe/main.js'),
        'src/iframe/main.tsx': 'export {};',
        'ui/dist/iframe/main.js': 'old();',
      }),
    ).toEqual({
      ui: 'vite ui',
      vite: 'vite.iframe.config.ts',
      from: ['./dist/iframe/main.js <- src/iframe/main.tsx'],
      warnings: [],
    });
  });

  it('E: a component only, handler re-exported', async () => {
    expect(
      await loaded({
        'manifest.json': manifest({ api: API }),
        'package.json': scripts({ build: 'alga build' }),
        'src/index.ts': "export { handler } from './handler.js';\nexport type { A } from 'x';",
        'src/handler.ts': ONE,
        'wit/extension-runner.wit': 'package alga:extension;\nworld runner { }',
      }),
    ).toEqual({ handler: 'src/index.ts', in: '.', wit: 'wit/extension-runner.wit', warnings: [] });
  });

  it('F: a component and a static UI; the wrapper is the entry', async () => {
    expect(
      await loaded({
        'manifest.json': manifest(BOTH),
        'src/index.ts': WRAPPER,
        'src/handler.ts': TWO,
        'ui/index.html': PAGE('main.js'),
        'ui/main.js': '1;',
      }),
    ).toEqual({ handler: 'src/index.ts', in: '.', ui: 'static ui', warnings: [] });
  });

  it('G: a UI bundled next to its source', async () => {
    expect(
      await loaded({
        'manifest.json': manifest(BOTH),
        'package.json': scripts({
          'build:backend': 'esbuild src/backend/index.ts --bundle --format=esm --outfile=dist/js/index.js',
          'build:ui': 'esbuild ui/main.tsx --bundle --outfile=ui/main.js',
        }),
        'src/backend/index.ts': WRAPPER,
        'src/backend/handler.ts': TWO,
        'src/handler.ts': ONE,
        'ui/index.html': `<link rel="stylesheet" href="./main.css">${PAGE('./main.js')}`,
        'ui/main.tsx': 'export {};',
      }),
    ).toEqual({
      handler: 'src/backend/index.ts',
      in: '.',
      ui: 'vite ui',
      from: ['./main.js <- ui/main.tsx', './main.css <- '],
      warnings: [],
    });
  });

  it('H: a UI bundled into dist/ui', async () => {
    expect(
      await loaded({
        'manifest.json': manifest(BOTH),
        'package.json': scripts({
          'build:js': 'tsup src/index.ts --format esm --out-dir dist/js --clean',
          'build:ui':
            'esbuild src/frontend/main.tsx --bundle --outfile=dist/ui/main.js && cp ui/index.html dist/ui/',
        }),
        'src/index.ts': ONE,
        'src/frontend/main.tsx': 'export {};',
        'ui/index.html': PAGE('./main.js'),
      }),
    ).toEqual({
      handler: 'src/index.ts',
      in: '.',
      ui: 'vite ui',
      from: ['./main.js <- src/frontend/main.tsx'],
      warnings: [],
    });
  });

  it('J: a split project, opened from outside or inside', async () => {
    await write({
      'manifest.json': manifest(BOTH),
      'ui/index.html': PAGE('./main.js'),
      'ui/main.js': '1;',
      'component/manifest.json': JSON.stringify({ name: 'x', entry: 'dist/main.wasm' }),
      'component/package.json': scripts({ build: 'alga build' }),
      'component/src/handler.ts': ONE,
      'component/wit/extension-runner.wit': 'package alga:extension;',
    });
    const expected = {
      handler: 'component/src/handler.ts',
      in: 'component',
      wit: 'component/wit/extension-runner.wit',
      ui: 'static ui',
      warnings: [],
    };
    expect(shown(await loadProject(root))).toEqual(expected);
    const inside = await loadProject(join(root, 'component', 'src'));
    expect(inside.root).toBe(root);
    expect(shown(inside)).toEqual(expected);
  });

  it('K: the layouts of the guides', async () => {
    expect(
      await loaded({
        'src/manifest.json': manifest(BOTH),
        'src/component/handler.ts': ONE,
        'src/component/wit/extension-runner.wit': 'package alga:extension;',
        'src/ui/index.html': PAGE('/main.tsx'),
        'src/ui/main.tsx': 'export {};',
      }),
    ).toEqual({
      handler: 'src/component/handler.ts',
      in: '.',
      wit: 'src/component/wit/extension-runner.wit',
      ui: 'vite src/ui',
      warnings: [],
    });
  });

  it('a plain JavaScript handler, and a UI that imports a package', async () => {
    expect(
      await loaded({
        'manifest.json': manifest(BOTH),
        'src/handler.js':
          'const handler = async (request) => ({ status: 200, headers: [] });\nexport { handler };',
        'ui/index.html': PAGE('./main.js'),
        'ui/main.js': "import { IframeBridge } from '@alga-psa/extension-iframe-sdk';",
      }),
    ).toEqual({ handler: 'src/handler.js', in: '.', ui: 'vite ui', warnings: [] });
  });

  it('a ready component without source', async () => {
    expect(await loaded({ 'manifest.json': manifest({ api: API }), 'dist/main.wasm': '\0asm' })).toEqual({
      component: 'dist/main.wasm',
      warnings: [],
    });
  });

  it('a UI that only its own script can build', async () => {
    expect(
      await loaded({
        'manifest.json': manifest({ ui: UI }),
        'package.json': scripts({ 'build:ui': 'webpack --output-path dist/ui' }),
        'pnpm-lock.yaml': '',
        'ui/index.html': PAGE('./bundle.js'),
        'ui/app.vue': '',
      }),
    ).toEqual({ ui: 'prebuilt dist/ui', build: 'pnpm run build:ui', warnings: [] });
  });

  it('a handler anywhere under src, when it is the only one', async () => {
    expect(
      await loaded({
        'manifest.json': manifest({ api: API }),
        'src/api/routes/entry.ts': ONE,
        'src/api/routes/entry.test.ts': "import { handler } from './entry.js';",
      }),
    ).toMatchObject({ handler: 'src/api/routes/entry.ts' });
  });

  it.each([
    ['its export is misspelt', 'export functio handler(request) { return 1; }'],
    ['its export is missing', 'const handler = (request) => 1;'],
  ])('a file that is meant as one while %s', async (_, text) => {
    const files = { 'manifest.json': manifest({ api: API }), 'src/handler.ts': text };
    expect(await loaded(files)).toMatchObject({ handler: 'src/handler.ts', warnings: [] });
  });

  it('no file that only has the name', async () => {
    const files = { 'manifest.json': manifest({ api: API }), 'src/handler.ts': 'export const timeout = 3;' };
    expect(await loaded(files)).not.toHaveProperty('handler');
  });
});

describe('warnings about a shape', () => {
  it.each<[string, Files, readonly string[]]>([
    ['a second parameter that nobody passes', { 'src/handler.ts': TWO }, ['HANDLER_NO_WRAPPER']],
    [
      'the WIT of the published template',
      {
        'src/handler.ts': ONE,
        'wit/extension-runner.wit': 'package alga:extension;\nrecord a { b: string }\n',
      },
      ['WIT_OUTDATED'],
    ],
    ['endpoints without handler', {}, ['MANIFEST_ENDPOINT_WITHOUT_HANDLER']],
    [
      'a page the manifest does not declare',
      { 'src/handler.ts': ONE, 'ui/index.html': '' },
      ['MANIFEST_PAGE_WITHOUT_UI'],
    ],
  ])('%s', async (_name, files, codes) => {
    const { warnings } = await loaded({ 'manifest.json': manifest({ api: API }), ...files });
    expect(warnings).toEqual(codes);
  });

  it('inline code and lost files of a page', async () => {
    const page =
      '<button onclick="x()">a</button>\n<script>run();</script>\n<script src="./gone.js"></script>';
    await write({ 'manifest.json': manifest({ ui: UI }), 'ui/index.html': page });
    const { warnings } = await loadProject(root);
    expect(warnings.map(({ code, line }) => `${code}:${line}`)).toEqual([
      'UI_INLINE_SCRIPT:2',
      'UI_INLINE_SCRIPT:1',
      'UI_FILE_MISSING:3',
    ]);
  });

  it('a UI without page and a handler without endpoints', async () => {
    const { warnings } = await loaded({ 'manifest.json': manifest({ ui: UI }), 'src/handler.ts': ONE });
    expect(warnings).toEqual(['MANIFEST_HANDLER_WITHOUT_ENDPOINT', 'MANIFEST_UI_WITHOUT_PAGE']);
  });
});

describe('what the configuration names', () => {
  it('wins over what is found', async () => {
    expect(
      await loaded({
        'manifest.json': manifest(BOTH),
        'alga.config.json': JSON.stringify({
          handler: { entry: 'guest/main.ts', wit: 'guest/world.wit' },
          ui: { root: 'page' },
        }),
        'src/handler.ts': ONE,
        'guest/main.ts': ONE,
        'guest/world.wit': '',
        'ui/index.html': '',
        'page/index.html': '',
      }),
    ).toEqual({ handler: 'guest/main.ts', in: '.', wit: 'guest/world.wit', ui: 'static page', warnings: [] });
  });

  it('a build command for another language', async () => {
    await write({
      'manifest.json': manifest({ api: API }),
      'alga.config.json': JSON.stringify({ component: { build: 'cargo component build', watch: ['guest'] } }),
      'src/handler.ts': ONE,
    });
    const project = await loadProject(root);
    expect(project.handler).toBeUndefined();
    expect(project.prebuiltComponent).toBe(join(root, 'dist/main.wasm'));
    expect(project.componentBuild).toMatchObject({
      command: ['cargo', 'component', 'build'],
      inputs: [join(root, 'guest')],
    });
    expect(project.summary).toBe('component built by "cargo component build", no UI');
  });

  it('must exist', async () => {
    await write({ 'manifest.json': manifest({}), 'alga.config.json': '{"handler":{"entry":"gone.ts"}}' });
    await expect(loadProject(root)).rejects.toMatchObject({ code: 'CONFIG_PATH' });
  });
});

describe('no project', () => {
  it('says what was looked for', async () => {
    const thrown: unknown = await loadProject(root).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(AlgaError);
    expect(thrown).toMatchObject({ code: 'PROJECT_NOT_FOUND', exitCode: 1 });
    await expect(loadProject(join(root, 'gone'))).rejects.toMatchObject({ code: 'PROJECT_NOT_FOUND' });
  });

  it('does not look above the repository', async () => {
    await write({ 'manifest.json': manifest({}), 'inner/.git/HEAD': '', 'inner/deep/x': '' });
    await expect(loadProject(join(root, 'inner/deep'))).rejects.toMatchObject({ code: 'PROJECT_NOT_FOUND' });
  });
});
