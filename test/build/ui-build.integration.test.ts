import { access, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createUiBuilder, hashUiInputs, type UiBuilder } from '../../src/build/ui/index.js';
import { filesBelow } from '../../src/build/ui/ui-folder.js';
import type { UiShape } from '../../src/project/types.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';

const never = new AbortController().signal;
let builder: UiBuilder;
let project: ScratchProject;
const folders: string[] = [];

beforeAll(async () => {
  builder = createUiBuilder();
  await builder.start();
});
afterAll(() => builder.stop());
afterEach(async () => {
  await project.remove();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

const viteUi = (root: string): UiShape => ({
  root: join(root, 'ui'),
  kind: 'vite',
  viteConfig: join(root, 'vite.config.ts'),
});
const build = (ui: UiShape, signal = never) =>
  builder.build({ projectRoot: project.root, ui, outDir: join(project.root, 'out/ui') }, signal);

async function contents(dir: string): Promise<Record<string, string>> {
  const files = await filesBelow(dir);
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, await readFile(join(dir, file), 'latin1')])),
  );
}

describe('a Vite UI', () => {
  it('builds the page with relative addresses and names its inputs', async () => {
    project = await scratchProject('full', 'ui-build');
    const artifact = await build(viteUi(project.root));
    const files = await contents(artifact.outDir);
    expect(Object.keys(files)).toContain('index.html');
    expect(files['index.html']).toMatch(/src="\.\/assets\/[\w-]+\.js"/);
    expect(files['index.html']).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(artifact.warnings).toEqual([]);
    const named = artifact.inputs.map((input) => input.slice(project.root.length + 1));
    expect(named).toEqual(
      expect.arrayContaining(['ui/index.html', 'ui/src/App.tsx', 'ui/src/styles.css', 'vite.config.ts']),
    );
    expect(named.some((name) => name.startsWith('src/'))).toBe(false);
  });

  it('gives the same bytes in another folder', async () => {
    project = await scratchProject('full', 'ui-same-a');
    const first = await contents((await build(viteUi(project.root))).outDir);
    const other = await scratchProject('full', 'ui-same-a');
    folders.push(other.root);
    const input = { projectRoot: other.root, ui: viteUi(other.root), outDir: join(other.root, 'out/ui') };
    const second = await contents((await builder.build(input, never)).outDir);
    expect(second).toEqual(first);
  });

  it('tells by the hash of the inputs whether a build is needed', async () => {
    project = await scratchProject('full', 'ui-hash');
    const artifact = await build(viteUi(project.root));
    expect(await hashUiInputs(project.root, artifact.inputs)).toBe(artifact.inputsHash);
    await project.edit('src/handler.ts', 'Hello from', 'Greetings from');
    expect(await hashUiInputs(project.root, artifact.inputs)).toBe(artifact.inputsHash);
    await project.edit('ui/src/Status.tsx', 'Handler', 'The handler');
    expect(await hashUiInputs(project.root, artifact.inputs)).not.toBe(artifact.inputsHash);
  });

  it('reports a syntax error with its place and keeps the last good output', async () => {
    project = await scratchProject('full', 'ui-syntax');
    const good = await contents((await build(viteUi(project.root))).outDir);
    await project.edit('ui/src/App.tsx', 'const [clicks', 'const const [clicks');
    await expect(build(viteUi(project.root))).rejects.toMatchObject({
      code: 'UI_SYNTAX',
      location: { file: 'ui/src/App.tsx', line: 10, frame: expect.stringContaining('> 10 |') },
    });
    expect(await contents(join(project.root, 'out/ui'))).toEqual(good);
    expect(await readdir(join(project.root, 'out'))).toEqual(['ui']);
  });

  it('reports a missing import, a missing export and a broken style sheet with their places', async () => {
    project = await scratchProject('full', 'ui-import');
    const app = await project.read('ui/src/App.tsx');
    await project.edit('ui/src/App.tsx', './Notes.tsx', './Nodes.tsx');
    await expect(build(viteUi(project.root))).rejects.toMatchObject({
      code: 'UI_IMPORT_MISSING',
      location: { file: 'ui/src/App.tsx', line: 3, column: 23 },
    });
    await project.write('ui/src/App.tsx', `import x from 'left-pad-of-nobody';\n${app}\nconsole.log(x);`);
    await expect(build(viteUi(project.root))).rejects.toMatchObject({
      code: 'UI_IMPORT_MISSING',
      hint: 'Run: npm install left-pad-of-nobody',
      location: { file: 'ui/src/App.tsx', line: 1 },
    });
    await project.write('ui/src/App.tsx', app.replace('{ Notes }', '{ Nodes as Notes }'));
    await expect(build(viteUi(project.root))).rejects.toMatchObject({
      code: 'UI_BUILD_FAILED',
      message: expect.stringContaining('"Nodes" is not exported'),
      location: { file: 'ui/src/App.tsx', line: 3 },
    });
    await project.write('ui/src/App.tsx', app);
    await project.edit('ui/src/styles.css', '.page {', '.page { color red; } }');
    await expect(build(viteUi(project.root))).rejects.toMatchObject({
      code: 'UI_SYNTAX',
      message: expect.stringContaining('Unexpected token'),
      location: { file: 'ui/src/styles.css', line: 70 },
    });
  });

  it('reports a configuration that does not load, and recovers with it', async () => {
    project = await scratchProject('full', 'ui-config');
    const config = await project.read('vite.config.ts');
    await project.write('vite.config.ts', `${config}\nthrow new Error('no luck');\n`);
    await expect(build(viteUi(project.root))).rejects.toMatchObject({
      code: 'UI_CONFIG_INVALID',
      message: expect.stringContaining('no luck'),
    });
    await project.write('vite.config.ts', config);
    await expect(build(viteUi(project.root))).resolves.toBeDefined();
  });

  it('takes no notice of what a configuration tells a parent process', async () => {
    project = await scratchProject('full', 'ui-telling');
    await project.edit('vite.config.ts', 'import', "process.send?.('ready');\nimport");
    await expect(build(viteUi(project.root))).resolves.toBeDefined();
  });

  it('survives a configuration that ends the process, and says so', async () => {
    project = await scratchProject('full', 'ui-exit');
    const config = await project.read('vite.config.ts');
    await project.write('vite.config.ts', `console.error('leaving');\nprocess.exit(3);\n${config}`);
    await expect(build(viteUi(project.root))).rejects.toMatchObject({
      code: 'UI_PROCESS_LOST',
      message: expect.stringContaining('leaving'),
    });
    await project.write('vite.config.ts', config);
    await expect(build(viteUi(project.root))).resolves.toBeDefined();
  });

  it('gives up at once when aborted, even in an endless loop, and builds again', async () => {
    project = await scratchProject('full', 'ui-abort');
    const mark = join(project.root, 'started');
    const loop = `require('node:fs').writeFileSync(${JSON.stringify(mark)}, ''); for (;;);`;
    await project.write('vite.config.cts', loop);
    const controller = new AbortController();
    const ui = { ...viteUi(project.root), viteConfig: join(project.root, 'vite.config.cts') };
    const running = build(ui, controller.signal);
    await vi.waitFor(() => access(mark), { timeout: 20_000 });
    controller.abort(new Error('newer edit'));
    await expect(running).rejects.toThrow('newer edit');
    await expect(build(viteUi(project.root))).resolves.toBeDefined();
  });

  it('needs no configuration, and warns of files that the runner refuses', async () => {
    project = await scratchProject('full', 'ui-bare');
    await rm(join(project.root, 'vite.config.ts'));
    const gif = Buffer.concat([Buffer.from('GIF89a'), Buffer.alloc(8_000, 1)]);
    await writeFile(join(project.root, 'ui/src/logo.gif'), gif);
    await project.edit(
      'ui/src/main.tsx',
      "import './styles.css';",
      "import './styles.css';\nimport logo from './logo.gif';\ndocument.body.dataset.logo = logo;",
    );
    const artifact = await build({ root: join(project.root, 'ui'), kind: 'vite' });
    expect(artifact.warnings.map(({ code }) => code)).toEqual(['UI_ASSET_TYPE_REFUSED']);
    expect((await contents(artifact.outDir))['index.html']).toContain('./assets/');
  });

  it('warns of code that a plugin writes into the page', async () => {
    project = await scratchProject('full', 'ui-injected');
    const plugin = `{ name: 'inject', transformIndexHtml: () => [{ tag: 'script', children: 'start()' }] }`;
    await project.edit('vite.config.ts', 'react()', `react(), ${plugin}`);
    const { warnings } = await build(viteUi(project.root));
    expect(warnings).toMatchObject([{ code: 'UI_INLINE_SCRIPT', file: 'index.html' }]);
  });

  it('builds the source that a page loads as the output of a library build', async () => {
    project = await scratchProject('full', 'ui-library');
    await project.edit(
      'ui/index.html',
      '<script type="module" src="./src/main.tsx">',
      '<link rel="stylesheet" href="./dist/main.css"><script src="./dist/main.js">',
    );
    await project.edit(
      'vite.config.ts',
      'emptyOutDir: true',
      "lib: { entry: 'ui/src/main.tsx', formats: ['es'] }",
    );
    const ui: UiShape = {
      ...viteUi(project.root),
      replacements: [
        { kind: 'script', url: './dist/main.js', source: join(project.root, 'ui/src/main.tsx') },
        { kind: 'style', url: './dist/main.css' },
      ],
    };
    const files = await contents((await build(ui)).outDir);
    expect(files['index.html']).toMatch(/src="\.\/assets\/[\w-]+\.js"/);
    expect(files['index.html']).not.toContain('dist/main');
  });
});

describe('a UI that needs no build by Vite', () => {
  it('is copied as far as the runner serves it', async () => {
    project = await scratchProject('ui-static', 'ui-copy');
    const root = join(project.root, 'ui');
    await writeFile(join(root, 'film.mp4'), 'x');
    await writeFile(join(root, 'main.ts'), 'x');
    await writeFile(join(root, '.env'), 'SECRET=1');
    const outside = await mkdtemp(join(tmpdir(), 'alga-outside-'));
    folders.push(outside);
    await writeFile(join(outside, 'secret.json'), '{}');
    await symlink(join(outside, 'secret.json'), join(root, 'secret.json'));
    const artifact = await build({ root, kind: 'static' });
    expect(await filesBelow(artifact.outDir)).toEqual(['host.js', 'index.html', 'main.js', 'styles.css']);
    expect(artifact.warnings).toMatchObject([{ code: 'UI_ASSET_TYPE_REFUSED', file: 'film.mp4' }]);
  });

  it('is made by the own command of the project, whose failure is shown', async () => {
    project = await scratchProject('ui-static', 'ui-own');
    const script = `const fs = require('node:fs');
      if (fs.readFileSync('ui/main.js', 'utf8').includes('broken')) { console.error('main.js is broken'); process.exit(1); }
      fs.cpSync('ui', 'dist/ui', { recursive: true });`;
    await project.write('make.cjs', script);
    const ui: UiShape = {
      root: join(project.root, 'dist/ui'),
      kind: 'prebuilt',
      build: {
        command: [process.execPath, 'make.cjs'],
        cwd: project.root,
        inputs: [join(project.root, 'ui'), join(project.root, 'make.cjs')],
        outputs: [join(project.root, 'dist')],
      },
    };
    const artifact = await build(ui);
    expect(await filesBelow(artifact.outDir)).toContain('index.html');
    expect(artifact.inputs).toContain(join(project.root, 'ui/main.js'));
    await project.edit('ui/main.js', 'ready();', 'broken();');
    await expect(build(ui)).rejects.toMatchObject({
      code: 'UI_COMMAND_FAILED',
      message: expect.stringContaining('main.js is broken'),
    });
  });

  it('needs its page', async () => {
    project = await scratchProject('ui-static', 'ui-nopage');
    await rm(join(project.root, 'ui/index.html'));
    await expect(build({ root: join(project.root, 'ui'), kind: 'static' })).rejects.toMatchObject({
      code: 'UI_PAGE_MISSING',
    });
  });
});
