import { execFile } from 'node:child_process';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/entry.js';
import { createProject } from '../../src/project/create/index.js';
import { workFolder } from '../testing/support.js';

const run = promisify(execFile);
const env = { ...process.env, NO_COLOR: '1', VITEST: undefined, VITEST_MODE: undefined };

let folder: string;

beforeAll(async () => {
  folder = await workFolder('add-all');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Step {
  readonly args: readonly string[];
  /** Files that the command says it makes (+) or changes (~). */
  readonly edits: readonly string[];
  /** Warnings of `alga validate` from then on. */
  readonly codes: readonly string[];
  /** Tests that pass from then on. */
  readonly tests: number;
}

/** From the component template, whose own tests are two. */
const STEPS: readonly Step[] = [
  {
    args: ['endpoint', 'PUT', '/api/things/{id}'],
    edits: ['+ test/put-things-id.test.ts', '~ src/handler.ts', '~ manifest.json'],
    codes: [],
    tests: 3,
  },
  {
    args: ['capability', 'http.fetch'],
    edits: ['~ manifest.json'],
    codes: ['CAPABILITY_UNUSED'],
    tests: 3,
  },
  {
    args: ['schedule', '/api/nightly'],
    edits: [
      '+ src/nightly-schedule.ts',
      '+ test/post-nightly.test.ts',
      '~ src/handler.ts',
      '~ manifest.json',
    ],
    codes: ['CAPABILITY_UNUSED', 'CAPABILITY_UNUSED'],
    tests: 4,
  },
  {
    args: ['ui', '--template', 'ui-react'],
    edits: [
      '+ ui/index.html',
      '+ ui/src/App.tsx',
      '+ ui/src/bridge.ts',
      '+ ui/src/main.tsx',
      '+ ui/src/page.test.tsx',
      '+ ui/src/styles.css',
      '+ ui/src/theme.ts',
      '+ vite.config.ts',
      '+ ui/tsconfig.json',
      '~ package.json',
      '~ manifest.json',
    ],
    codes: ['CAPABILITY_UNUSED', 'CAPABILITY_UNUSED'],
    tests: 8,
  },
];

async function component(name: string): Promise<string> {
  const options = { kind: 'component', template: 'component', targetDir: folder, git: false } as const;
  return (await createProject({ ...options, name })).root;
}

/** Commands run in a project, on their text output. */
function shell(root: string) {
  const program = async (file: string, args: readonly string[]): Promise<string> =>
    (await run(process.execPath, [join(packageRoot(), file), ...args], { cwd: root, env })).stdout;
  return {
    alga: (...args: string[]) => program('bin/alga.mjs', args),
    tsc: (project: string) => program('node_modules/typescript/bin/tsc', ['--noEmit', '-p', project]),
  };
}

describe('alga add, once for each thing on one project', () => {
  let root: string;
  let hasUi = false;

  beforeAll(async () => {
    root = await component('grown');
  });

  it.each(STEPS)('$args', async ({ args, edits, codes, tests }) => {
    const { alga, tsc } = shell(root);
    const said = (await alga('add', ...args)).split('\n');
    expect(said.filter((line) => /^[+~] /.test(line))).toEqual(edits);
    const validated = JSON.parse(await alga('validate', '--json')) as { warnings: { code: string }[] };
    expect(validated).toMatchObject({ ok: true });
    expect(validated.warnings.map(({ code }) => code)).toEqual(codes);
    await rm(join(root, 'dist'), { recursive: true, force: true });
    await alga('build');
    hasUi ||= args[0] === 'ui';
    const outputs = ['dist/main.wasm', ...(hasUi ? ['dist/ui/index.html'] : [])];
    for (const output of outputs) expect((await stat(join(root, output))).size).toBeGreaterThan(0);
    for (const project of ['.', ...(hasUi ? ['ui'] : [])]) expect(await tsc(project)).toBe('');
    expect(await alga('test')).toMatch(new RegExp(`Tests +${tests} passed`));
  });

  it('leaves a manifest with all of it', async () => {
    expect(JSON.parse(await readFile(join(root, 'manifest.json'), 'utf8'))).toMatchObject({
      capabilities: expect.arrayContaining(['cap:http.fetch', 'cap:scheduler.manage']),
      ui: { type: 'iframe', entry: 'ui/index.html', hooks: { appMenu: { label: 'Grown' } } },
      api: {
        endpoints: [
          { method: 'GET', path: '/api/hello' },
          { method: 'POST', path: '/api/echo' },
          { method: 'PUT', path: '/api/things/:id' },
          { method: 'POST', path: '/api/nightly' },
        ],
      },
    });
  });
});

it('alga add ui: a page of plain files, with its test', async () => {
  const root = await component('paged');
  const { alga, tsc } = shell(root);
  expect(await alga('add', 'ui')).toContain('+ test/page.test.js\n');
  expect(await alga('validate', '--strict')).toContain('is valid');
  await alga('build');
  expect((await stat(join(root, 'dist/ui/index.html'))).size).toBeGreaterThan(0);
  expect(await tsc('.')).toBe('');
  expect(await alga('test')).toMatch(/Tests +6 passed/);
});
