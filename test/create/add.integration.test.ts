import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTypeChecker, type TypeChecker } from '../../src/build/types/index.js';
import { packageRoot } from '../../src/core/entry.js';
import { type AddRequest, addToProject } from '../../src/project/add/index.js';
import { createProject } from '../../src/project/create/index.js';
import { loadProject } from '../../src/project/index.js';
import { projectFindings } from '../../src/project/inspect/index.js';

const run = promisify(execFile);
let folder: string;
let checker: TypeChecker;

beforeAll(async () => {
  checker = createTypeChecker();
  await checker.start();
});
afterAll(() => checker.stop());
beforeEach(async () => {
  const parent = join(packageRoot(), '.alga', 'test');
  await mkdir(parent, { recursive: true });
  folder = await mkdtemp(join(parent, 'add-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function project(template: 'full' | 'component'): Promise<string> {
  const { root } = await createProject({
    kind: 'extension',
    template,
    name: 'demo',
    targetDir: folder,
    git: false,
  });
  return root;
}

/** Codes of everything that is wrong with a project: its shape, its code, its types. */
async function faults(root: string): Promise<string[]> {
  const loaded = await loadProject(root);
  const warnings = [...loaded.warnings, ...(await projectFindings(loaded, { features: 'default' }))];
  const { errors } = await checker.check({ projectRoot: root }, new AbortController().signal);
  return [...warnings.map(({ code }) => code), ...errors.map(({ code, message }) => `${code} ${message}`)];
}

const text = async (root: string, path: string) => await readFile(join(root, path), 'utf8');

describe('alga add', () => {
  it.each(['full', 'component'] as const)('an endpoint, to the template %s', async (template) => {
    const root = await project(template);
    await addToProject(root, { what: 'endpoint', method: 'POST', path: '/api/things' });
    await addToProject(root, { what: 'endpoint', method: 'get', path: 'api/things/:id' });
    const { manifest } = await loadProject(root);
    expect(manifest.api?.endpoints.slice(-2)).toEqual([
      { method: 'POST', path: '/api/things', handler: 'dist/main' },
      { method: 'GET', path: '/api/things/:id', handler: 'dist/main' },
    ]);
    expect(await text(root, 'src/handler.ts')).toContain("method === 'POST' && path === '/api/things'");
    expect(await faults(root)).toEqual([]);
  });

  it('endpoints and a schedule with tests that pass, and one that sees a wrong answer', async () => {
    const root = await project('full');
    await addToProject(root, { what: 'endpoint', method: 'POST', path: '/api/things' });
    await addToProject(root, { what: 'endpoint', method: 'GET', path: '/api/things/:id' });
    const cron = '0 3 * * *';
    await addToProject(root, { what: 'schedule', method: 'POST', path: '/api/nightly', cron });
    const alga = join(packageRoot(), 'bin/alga.mjs');
    const env = { ...process.env, NO_COLOR: '1', VITEST: undefined, VITEST_MODE: undefined };
    const test = () => run(process.execPath, [alga, 'test'], { cwd: root, env });
    expect((await test()).stdout).toMatch(/Tests +8 passed/);
    const handler = await text(root, 'src/handler.ts');
    await writeFile(
      join(root, 'src/handler.ts'),
      handler.replace(/json\(200, \{ received/, 'json(500, { received'),
    );
    await expect(test()).rejects.toMatchObject({ stdout: expect.stringContaining('1 failed | 7 passed') });
  });

  it('the types of the host to a project that has none', async () => {
    const root = await project('component');
    await rm(join(root, 'src/alga-extension.d.ts'));
    const { files } = await addToProject(root, { what: 'capability', name: 'cap:secrets.get' });
    expect(files).toContainEqual({ path: 'src/alga-extension.d.ts', kind: 'new' });
    expect(await faults(root)).toEqual([]);
  });

  it('a capability and a schedule, both of which the handler uses', async () => {
    const root = await project('component');
    await addToProject(root, { what: 'capability', name: 'http.fetch' });
    const schedule = { what: 'schedule', method: 'POST', path: '/api/nightly', cron: '0 3 * * *' } as const;
    const result = await addToProject(root, schedule);
    expect(result.files).toContainEqual({ path: 'src/nightly-schedule.ts', kind: 'new' });
    expect(await faults(root)).toEqual([]);
    expect((await loadProject(root)).manifest.capabilities).toContain('cap:scheduler.manage');
  });

  it.each(['ui-static', 'ui-react'] as const)(
    'a page of the template %s to a component',
    async (template) => {
      const root = await project('component');
      await addToProject(root, { what: 'ui', template });
      const loaded = await loadProject(root);
      expect(loaded.ui?.kind).toBe(template === 'ui-static' ? 'static' : 'vite');
      expect(loaded.manifest.ui?.hooks?.appMenu).toEqual({ label: 'Demo' });
      expect(await faults(root)).toEqual([]);
      if (template === 'ui-react') {
        const pkg = JSON.parse(await text(root, 'package.json')) as Record<string, Record<string, string>>;
        expect(Object.keys(pkg.dependencies ?? {})).toEqual(['react', 'react-dom']);
        expect(pkg.devDependencies).toHaveProperty('vite');
      }
    },
  );

  it('a capability to what has its own use of it, or no handler: only declared', async () => {
    const root = await project('component');
    await writeFile(join(root, 'src/clients.ts'), 'export const mine = 1;\n');
    const { files } = await addToProject(root, { what: 'capability', name: 'client.read' });
    expect(files.map(({ path }) => path)).toEqual(['manifest.json']);
    await writeFile(join(root, 'src/handler.ts'), 'export const handler = (request: unknown) => request;\n');
    const unclear = await addToProject(root, { what: 'capability', name: 'service.read' });
    expect(unclear.files.map(({ path }) => path)).toEqual(['manifest.json']);
    expect((await loadProject(root)).manifest.capabilities).toContain('cap:service.read');
  });

  it.each<[AddRequest, string]>([
    [{ what: 'endpoint', method: 'GET', path: '/api/hello' }, 'ADD_EXISTS'],
    [{ what: 'endpoint', method: 'FETCH', path: '/api/x' }, 'ADD_ARGUMENT'],
    [{ what: 'capability', name: 'cap:log.emit' }, 'ADD_EXISTS'],
    [{ what: 'capability', name: 'cap:fly' }, 'ADD_ARGUMENT'],
    [{ what: 'schedule', method: 'POST', path: '/api/x/:id', cron: '0 3 * * *' }, 'ADD_ARGUMENT'],
    [{ what: 'schedule', method: 'PUT', path: '/api/x', cron: '0 3 * * *' }, 'ADD_ARGUMENT'],
    [{ what: 'schedule', method: 'POST', path: '/api/x', cron: 'daily' }, 'ADD_ARGUMENT'],
  ])('refuses %j and changes nothing', async (request, code) => {
    const root = await project('component');
    const before = [
      await text(root, 'manifest.json'),
      await text(root, 'src/handler.ts'),
      await readdir(join(root, 'src')),
    ];
    await expect(addToProject(root, request)).rejects.toMatchObject({ code });
    const after = [
      await text(root, 'manifest.json'),
      await text(root, 'src/handler.ts'),
      await readdir(join(root, 'src')),
    ];
    expect(after).toEqual(before);
  });

  it('refuses a second page, and a handler it cannot edit', async () => {
    const full = await project('full');
    await expect(addToProject(full, { what: 'ui', template: 'ui-static' })).rejects.toMatchObject({
      code: 'ADD_EXISTS',
    });
    await writeFile(join(full, 'src/handler.ts'), 'export const handler = (request: unknown) => request;\n');
    const before = await text(full, 'manifest.json');
    await expect(addToProject(full, { what: 'endpoint', method: 'GET', path: '/x' })).rejects.toMatchObject({
      code: 'ADD_HANDLER_UNCLEAR',
    });
    expect(await text(full, 'manifest.json')).toBe(before);
  });

  it('shows on a dry run what it would change', async () => {
    const root = await project('component');
    const before = await text(root, 'manifest.json');
    const result = await addToProject(
      root,
      { what: 'endpoint', method: 'GET', path: '/api/x' },
      { dryRun: true },
    );
    expect(result).toMatchObject({
      written: false,
      files: [
        { path: 'test/get-x.test.ts', kind: 'new' },
        { path: 'src/handler.ts', kind: 'changed' },
        { path: 'manifest.json', kind: 'changed' },
      ],
    });
    expect(await text(root, 'manifest.json')).toBe(before);
  });
});
