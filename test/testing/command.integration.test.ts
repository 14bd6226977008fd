import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/entry.js';
import { createProject } from '../../src/project/create/index.js';
import * as testing from '../../src/testing/index.js';
import { workFolder } from './support.js';

const ALGA = join(packageRoot(), 'bin/alga.mjs');
const env = { ...process.env, NO_COLOR: '1', VITEST: undefined, VITEST_MODE: undefined };
let folder: string;

beforeAll(async () => {
  folder = await workFolder('command');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function project(template: string, name: string): Promise<string> {
  const { root } = await createProject({ kind: 'extension', template, name, targetDir: folder, git: false });
  return root;
}

function alga(cwd: string, ...args: string[]): Promise<{ code: number; out: string }> {
  return run(ALGA, cwd, ...args);
}

function run(program: string, cwd: string, ...args: string[]): Promise<{ code: number; out: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], { cwd, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), out: stdout + stderr });
    });
  });
}

describe('alga test', () => {
  it.each(['full', 'component'] as const)(
    'passes on the template %s, and fails with a test',
    async (template) => {
      const root = await project(template, template === 'full' ? 'fine' : 'alone');
      const passed = await alga(root, 'test');
      expect(passed).toMatchObject({ code: 0, out: expect.stringMatching(/Tests +\d+ passed/) });
      const handler = join(root, 'src/handler.ts');
      await writeFile(handler, (await readFile(handler, 'utf8')).replaceAll('json(20', 'json(30'));
      expect(await alga(root, 'test')).toMatchObject({
        code: 1,
        out: expect.stringContaining('expected 30'),
      });
      await writeFile(handler, 'export function handler( {');
      expect(await alga(root, 'test')).toMatchObject({
        code: 1,
        out: expect.stringMatching(/HANDLER_SYNTAX[\s\S]*src\/handler\.ts:1:/),
      });
    },
  );

  it.each([
    ['ui-react', 'ui/src/App.tsx', 'Clicked {clicks} times', 'Pressed {clicks} times'],
    ['ui-react', 'ui/src/bridge.ts', 'event.source !== window.parent', 'event.source === undefined'],
    ['ui-static', 'ui/host.js', 'event.source !== window.parent', 'event.source === undefined'],
    ['ui-static', 'ui/index.html', './main.js', './absent.js'],
  ])('passes on the template %s, and sees a fault in %s', async (template, file, right, wrong) => {
    const root = await project(template, `page-${file.replace(/\W/g, '-').toLowerCase()}`);
    expect(await alga(root, 'test')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/Tests +4 passed/),
    });
    const text = await readFile(join(root, file), 'utf8');
    expect(text).toContain(right);
    await writeFile(join(root, file), text.replace(right, wrong));
    expect(await alga(root, 'test')).toMatchObject({ code: 1, out: expect.stringContaining('1 failed') });
  });

  it('takes a filter, a project and JSON', async () => {
    const root = await project('component', 'filtered');
    await writeFile(join(root, 'test/other.test.ts'), "throw new Error('not to be run');\n");
    const { code, out } = await alga(folder, 'test', 'handler.test', '--project', root, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ numPassedTests: 2, success: true });
  });

  it('names the command that adds vitest where it is missing', async () => {
    const root = join(tmpdir(), `alga-no-vitest-${process.pid}`);
    await mkdir(root, { recursive: true });
    const manifest = { name: 'com.example.bare', publisher: 'T', version: '1.0.0', runtime: 'static@1' };
    await writeFile(join(root, 'manifest.json'), JSON.stringify({ ...manifest, capabilities: [] }));
    const { code, out } = await alga(root, 'test');
    await rm(root, { recursive: true, force: true });
    expect(code).toBe(1);
    expect(out).toContain('TEST_VITEST_MISSING');
    expect(out).toContain('npm install -D vitest@4.1.12');
  });

  it('is not needed where alga is a package of the project', async () => {
    const root = await project('component', 'linked');
    await rm(join(root, 'test/alga-testing.d.ts'));
    await mkdir(join(root, 'node_modules'));
    await symlink(packageRoot(), join(root, 'node_modules/alga'), 'junction');
    await writeFile(join(root, 'vitest.config.mjs'), 'export default {};\n');
    const vitest = join(packageRoot(), 'node_modules/vitest/vitest.mjs');
    expect(await run(vitest, root, 'run')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/Tests +2 passed/),
    });
    const tsc = join(packageRoot(), 'node_modules/typescript/bin/tsc');
    const config =
      "import { defineConfig } from 'alga/config';\nexport default defineConfig({ port: 4000 });\n";
    await writeFile(join(root, 'src/config.ts'), config);
    expect(await run(tsc, root, '--noEmit')).toEqual({ code: 0, out: '' });
  });

  it('runs again when the handler changes, though no test imports it', async () => {
    const root = await project('component', 'watched');
    const child = spawn(process.execPath, [ALGA, 'test', '--watch'], { cwd: root, env });
    try {
      const out = outputOf(child);
      await out.until(/2 passed[\s\S]*Waiting for file changes/);
      const handler = join(root, 'src/handler.ts');
      await writeFile(handler, (await readFile(handler, 'utf8')).replace('Hello from', 'Goodbye from'));
      await out.until(/Goodbye from[\s\S]*1 failed/);
    } finally {
      child.kill('SIGTERM');
      await new Promise((resolve) => child.once('close', resolve));
    }
  });
});

/** What a program prints; `until` waits for a text in it. */
function outputOf(child: ChildProcess): { until(text: RegExp): Promise<void> } {
  let out = '';
  let look = (): void => undefined;
  const add = (chunk: Buffer): void => {
    out += chunk.toString();
    look();
  };
  child.stdout?.on('data', add);
  child.stderr?.on('data', add);
  return {
    until: (text) =>
      new Promise((resolve, reject) => {
        const deadline = setTimeout(() => reject(new Error(`never printed ${text}:\n${out}`)), 60_000);
        look = () => {
          if (!text.test(out)) return;
          clearTimeout(deadline);
          resolve();
        };
        look();
      }),
  };
}

describe('the types that templates carry', () => {
  it.each(['full', 'component'])('%s declares what alga/testing is', async (template) => {
    const api = await readFile(join(packageRoot(), 'src/testing/api.ts'), 'utf8');
    const carried = await readFile(
      join(packageRoot(), 'templates', template, 'test/alga-testing.d.ts'),
      'utf8',
    );
    const [, declared = ''] = /declare module 'alga\/testing' \{\n([\s\S]*)\}\n$/.exec(carried) ?? [];
    const [, exported = ''] = /^[^\n]*\n\n([\s\S]*)$/.exec(api) ?? [];
    const [types = '', values = ''] = declared
      .replace(/^ {2}/gm, '')
      .split(/(?=\n\/\*\*[^\n]*\nexport class)/);
    expect(types).toBe(exported);
    expect(values.match(/(?<=export (?:class|function) )\w+/g)?.sort()).toEqual(Object.keys(testing).sort());
  });
});
