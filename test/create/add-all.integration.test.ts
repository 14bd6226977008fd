import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/entry.js';
import { CAPABILITY_USES } from '../../src/project/add/capability-use.js';
import { KNOWN_CAPABILITIES } from '../../src/project/capabilities.js';
import { createProject } from '../../src/project/create/index.js';
import { loadProject } from '../../src/project/index.js';
import { startExtension } from '../../src/testing/index.js';
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

/** One file of vitest's JSON report. */
interface TestFile {
  readonly name: string;
  readonly assertionResults: ReadonlyArray<{ readonly status: string }>;
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
    edits: ['+ src/outside.ts', '+ test/outside.test.ts', '~ src/handler.ts', '~ manifest.json'],
    codes: [],
    tests: 4,
  },
  {
    args: ['schedule', '/api/nightly'],
    edits: [
      '+ src/nightly-schedule.ts',
      '+ test/post-nightly.test.ts',
      '+ test/nightly-schedule.test.ts',
      '~ src/handler.ts',
      '~ manifest.json',
    ],
    codes: [],
    tests: 6,
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
    codes: [],
    tests: 10,
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
          { method: 'GET', path: '/api/outside' },
          { method: 'POST', path: '/api/nightly' },
          { method: 'POST', path: '/api/nightly/schedule' },
        ],
      },
    });
  });
});

describe('alga add capability, each that the product knows', () => {
  let root: string;
  let results: readonly TestFile[];

  beforeAll(async () => {
    root = await component('able');
    const { alga, tsc } = shell(root);
    const manifest = join(root, 'manifest.json');
    const { capabilities: _declared, ...bare } = JSON.parse(await readFile(manifest, 'utf8')) as {
      capabilities: unknown;
    };
    await writeFile(manifest, JSON.stringify(bare, null, 2));
    for (const { name } of KNOWN_CAPABILITIES) await alga('add', 'capability', name);
    expect(await alga('validate', '--strict')).toContain('is valid');
    await alga('build');
    expect(await tsc('.')).toBe('');
    results = (JSON.parse(await alga('test', '--json')) as { testResults: TestFile[] }).testResults;
  }, 120_000);

  it.each(KNOWN_CAPABILITIES.map(({ name }) => name))('%s is used by the handler', async (name) => {
    const use = CAPABILITY_USES[name];
    const handler = await readFile(join(root, 'src/handler.ts'), 'utf8');
    expect(handler).toContain(`import { ${use?.calls} } from './${use?.name}.ts';`);
    const { manifest } = await loadProject(root);
    expect(manifest.capabilities).toContain(name);
    expect(manifest.api?.endpoints).toContainEqual({
      ...{ method: use?.method, path: `/api/${use?.name}`, handler: 'dist/main' },
    });
    const file = results.find((each) => each.name.endsWith(`/test/${use?.name}.test.ts`));
    expect(file?.assertionResults).toEqual([expect.objectContaining({ status: 'passed' })]);
  });
});

it('alga add capability: a handler in JavaScript, with names of its own', async () => {
  const root = join(folder, 'plain');
  await mkdir(join(root, 'src'), { recursive: true });
  const manifest = { name: 'com.example.plain', publisher: 'p', version: '1.0.0', runtime: 'wasm-js@1' };
  await writeFile(join(root, 'manifest.json'), JSON.stringify(manifest));
  const source = [
    "const countVisit = () => 'taken';",
    'export function handler(request) {',
    '  return { status: 200, headers: [], body: new TextEncoder().encode(countVisit() + request.http.url) };',
    '}',
  ];
  await writeFile(join(root, 'src/handler.js'), source.join('\n'));
  const { alga } = shell(root);
  await alga('add', 'capability', 'storage.kv');
  await alga('add', 'capability', 'invoice.manual.create');
  const handler = await readFile(join(root, 'src/handler.js'), 'utf8');
  expect(handler).toContain("import { countVisit as countVisit2 } from './visits.js';");
  expect(handler).toContain('{ invoice: makeInvoice(request) }');
  expect(await alga('validate', '--strict')).toContain('is valid');
  const extension = await startExtension({ project: root });
  try {
    const visit = await extension.call('POST', '/api/visits');
    expect(visit.json()).toEqual({ visits: 1 });
    const body = { clientId: 'c', serviceId: 's', hours: 1 };
    const invoice = await extension.call('POST', '/api/invoices', { body });
    expect(invoice.json()).toEqual({ invoice: { number: 'TEST-0001' } });
  } finally {
    await extension.stop();
  }
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
