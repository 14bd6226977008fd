import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { examine, exitCodeOf } from '../../src/doctor/index.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';
import { temporaryHome } from '../support/session.js';
import { cleanEnv, found, mendAll } from './support.js';

/** Faults of project and machine: nothing runs, nothing is built. */
describe('faults that need nothing running', () => {
  let home: Awaited<ReturnType<typeof temporaryHome>>;
  let env: NodeJS.ProcessEnv;
  let project: ScratchProject | undefined;

  beforeAll(async () => {
    home = await temporaryHome();
    env = cleanEnv(home.home);
  });
  afterEach(async () => project?.remove());
  afterAll(async () => home.remove());

  const make = async (template: string): Promise<ScratchProject> => {
    project = await scratchProject(template, 'check');
    return project;
  };
  const write = async (file: string, content: string | Buffer): Promise<void> => {
    const path = join(project?.root ?? '', file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  };

  it.each(['component', 'full', 'ui-react', 'ui-static'])('the template %s is healthy', async (template) => {
    const { root } = await make(template);
    const report = await examine({ projectRoot: root, env });
    expect(report.findings).toEqual([]);
    expect(report.unknown).toEqual([]);
    expect(exitCodeOf(report)).toBe(0);
  });

  it.each<[string, string, () => Promise<unknown>]>([
    ['project.manifest', 'ui-static', () => write('manifest.json', '{ "name": ')],
    ['project.manifest', 'full', async () => project?.edit('manifest.json', '"name"', '"sbom": "x", "name"')],
    [
      'project.shape',
      'ui-static',
      async () =>
        project?.edit(
          'manifest.json',
          '"ui"',
          '"api": {"endpoints":[{"method":"GET","path":"/a","handler":"dist/main"}]}, "ui"',
        ),
    ],
    [
      'project.dependencies',
      'component',
      async () => project?.edit('src/handler.ts', 'import ', "import 'no-such-package';\nimport "),
    ],
    [
      'project.handler-code',
      'component',
      async () => project?.edit('src/handler.ts', 'import ', "import 'node:fs';\nimport "),
    ],
    [
      'project.build-tools',
      'component',
      async () => project?.edit('package.json', '"private"', '"dependencies": { "tsc": "2.0.4" }, "private"'),
    ],
    ['project.component', 'component', () => write('dist/main.wasm', Buffer.from('0061736d01000000', 'hex'))],
    ['project.ui-assets', 'ui-static', () => write('ui/logo.gif', 'GIF89a')],
    [
      'project.ui-references',
      'ui-static',
      async () => project?.edit('ui/index.html', '</body>', '<script src="gone.js"></script></body>'),
    ],
    [
      'project.ui-policy',
      'ui-static',
      async () => project?.edit('ui/index.html', '</body>', '<script>alert(1)</script></body>'),
    ],
  ])('%s (in %s)', async (id, template, cause) => {
    const { root } = await make(template);
    await cause();
    expect(await found(root, env)).toEqual([id]);
  });

  it.each<[string, () => Promise<unknown>]>([
    [
      'project.wit',
      async () =>
        project?.edit('wit/extension-runner.wit', 'import services;', 'import services;\n  import teleport;'),
    ],
    [
      'project.build-tools',
      () => write('package.json', '{ "devDependencies": { "@bytecodealliance/jco": "1.35.0" } }'),
    ],
    [
      'runner.env-file',
      () =>
        write(
          '.env.runner',
          'RUNNER_ALGA_AUTH_KEY=k\nREGISTRY_BASE_URL=http://h\nRUNNER_BUNDLE_STORE_BASE=http://s/b\n',
        ),
    ],
    ['machine.leftovers', () => write('.alga/session.lock', '{"pid":1,"startedAt":"long ago"}')],
  ])('%s: is mended', async (id, cause) => {
    const { root } = await make('component');
    if (id === 'project.build-tools') {
      // The project's own copy decides, not the one of the folder above.
      await write('node_modules/@bytecodealliance/jco/package.json', '{ "version": "1.35.0" }');
      await write('node_modules/@bytecodealliance/preview2-shim/package.json', '{ "version": "0.26.1" }');
    }
    await cause();
    expect(await found(root, env)).toEqual([id]);
    expect(await mendAll(root, env)).toEqual([id]);
    await rm(join(root, 'node_modules'), { recursive: true, force: true });
    expect(await found(root, env)).toEqual([]);
  });

  it('machine.proxy and machine.ports: look at what the environment asks for', async () => {
    const { root } = await make('ui-static');
    expect(await found(root, { ...env, HTTP_PROXY: 'http://proxy:3128' })).toEqual(['machine.proxy']);
    expect(
      await found(root, { ...env, HTTP_PROXY: 'http://proxy:3128', NO_PROXY: 'localhost,127.0.0.1' }),
    ).toEqual([]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const port = String((server.address() as AddressInfo).port);
      const report = await examine({ projectRoot: root, env: { ...env, ALGA_PORT: port } });
      expect(report.findings.map(({ check }) => check)).toEqual(['machine.ports']);
      if (process.platform === 'linux') expect(report.findings[0]?.seen).toContain(`process ${process.pid}`);
    } finally {
      server.close();
    }
  });

  it('says that it could not look where there is no project', async () => {
    const report = await examine({ projectRoot: home.home, env });
    expect(report.findings).toEqual([]);
    expect(report.unknown.map(({ part }) => part)).toEqual(['project']);
    expect(exitCodeOf(report)).toBe(2);
  });
});
