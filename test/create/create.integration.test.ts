import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/entry.js';
import { createProject, TEMPLATES } from '../../src/project/create/index.js';
import { loadProject } from '../../src/project/index.js';
import { lintHandler } from '../../src/project/lint/index.js';
import { program } from '../support/programs.js';
import { openTerminal } from '../tui/tmux.js';

const run = promisify(execFile);
const programFile = join(packageRoot(), 'test/create/program.mjs');
const tmux = program('tmux');
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alga-create-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Result {
  readonly out: string;
  readonly error: string;
  readonly code: number;
}

async function alga(...args: string[]): Promise<Result> {
  try {
    const { stdout, stderr } = await run(process.execPath, [programFile, ...args], { cwd: folder });
    return { out: stdout, error: stderr, code: 0 };
  } catch (thrown) {
    const { stdout, stderr, code } = thrown as { stdout: string; stderr: string; code: number };
    return { out: stdout, error: stderr, code };
  }
}

async function allFiles(): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

describe('a new project', () => {
  it.each(TEMPLATES)('of the template $name is recognised without a warning', async ({ name, kind }) => {
    const created = await createProject({
      kind,
      template: name,
      name: 'com.acme.time-report',
      publisher: 'Acme & Co',
      targetDir: folder,
    });
    const project = await loadProject(created.root);
    expect(project.warnings).toEqual([]);
    expect(await lintHandler(project, { features: 'default' })).toEqual([]);
    expect(project.manifest).toMatchObject({
      name: 'com.acme.time-report',
      publisher: 'Acme & Co',
      version: '0.1.0',
    });
    expect(project.handler !== undefined).toBe(name === 'full' || name === 'component');
    expect(project.ui?.kind).toBe({ full: 'vite', 'ui-react': 'vite', 'ui-static': 'static' }[name]);
    const texts = await Promise.all((await allFiles()).map((file) => readFile(file, 'utf8')));
    expect(texts.filter((text) => /\{\{\w+\}\}/.test(text))).toEqual([]);
    expect(created.files).toContain('.gitignore');
    expect(created.git).toBe(true);
  });

  it.each(TEMPLATES)('of the template $name pins the versions this tool is tested with', async ({ name }) => {
    const own = JSON.parse(await readFile(join(packageRoot(), 'package.json'), 'utf8')) as Record<
      string,
      object
    >;
    const tested: Record<string, string> = { ...own.dependencies, ...own.devDependencies };
    const text = await readFile(join(packageRoot(), 'templates', name, 'package.json'), 'utf8');
    const template = JSON.parse(text) as Record<string, object>;
    for (const [dependency, range] of Object.entries({
      ...template.dependencies,
      ...template.devDependencies,
    })) {
      expect([dependency, range]).toEqual([dependency, tested[dependency]]);
    }
  });

  it('gets a reverse domain name from a single word', async () => {
    const created = await createProject({
      kind: 'extension',
      name: 'demo',
      publisher: 'Ácme Ltd.',
      targetDir: folder,
    });
    expect([created.name, created.root]).toEqual(['com.a-cme-ltd.demo', join(folder, 'demo')]);
  });

  it('writes nothing on a dry run, and says what it would', async () => {
    const created = await createProject({ kind: 'component', name: 'demo', targetDir: folder, dryRun: true });
    expect(created.written).toBe(false);
    expect(created.files).toContain('src/handler.ts');
    expect(await readdir(folder)).toEqual([]);
  });

  it('keeps the tenant in its configuration', async () => {
    const tenant = '51bbbfe5-0720-4d9b-b3e5-b5b43e441a52';
    const { root } = await createProject({ kind: 'extension', name: 'demo', tenant, targetDir: folder });
    expect(JSON.parse(await readFile(join(root, 'alga.config.json'), 'utf8'))).toEqual({ tenant });
    expect((await loadProject(root)).configInputs).toEqual([join(root, 'alga.config.json')]);
  });

  it.each(['.git/HEAD', '.git'])('makes no repository inside another: %s', async (path) => {
    await write(path, 'ref: refs/heads/main\n');
    const created = await createProject({ kind: 'extension', name: 'demo', targetDir: folder });
    expect(created.git).toBe(false);
  });

  it('comes from a folder of the user, without its links and build outputs', async () => {
    await write('mine/manifest.json', '{"name":"__PACKAGE_NAME__"}');
    await write('mine/src/a.txt', '{{displayName}} {{unknown}}');
    await write('mine/node_modules/x/index.js', '');
    await write('secret.txt', 'secret');
    await symlink(join(folder, 'secret.txt'), join(folder, 'mine/link.txt'));
    await writeFile(join(folder, 'mine/picture.png'), Buffer.from([0x89, 0x50, 0, 0x7b, 0x7b]));
    const created = await createProject({
      kind: 'extension',
      template: join(folder, 'mine'),
      name: 'com.acme.it',
      targetDir: folder,
      git: false,
    });
    expect(created.files).toEqual(['manifest.json', 'picture.png', 'src/a.txt']);
    expect(await readFile(join(created.root, 'manifest.json'), 'utf8')).toBe('{"name":"com.acme.it"}');
    expect(await readFile(join(created.root, 'src/a.txt'), 'utf8')).toBe('It {{unknown}}');
    expect(await readFile(join(created.root, 'picture.png'))).toEqual(
      Buffer.from([0x89, 0x50, 0, 0x7b, 0x7b]),
    );
  });
});

describe('what is refused, before anything is written', () => {
  it.each([
    ['../x', 'an inner'],
    ['a"b', 'only have'],
    ['Demo', 'capital'],
    ['com..demo', 'empty'],
    ['.hidden', 'empty'],
    ['com.acme.-x', 'only have'],
    ['a/b', 'only have'],
    ['a\\b', 'only have'],
    ['', 'empty'],
    ['con', 'reserved'],
    ['x'.repeat(101), 'longer'],
    ['--dir', 'only have'],
  ])('the name %j', async (name) => {
    await expect(createProject({ kind: 'extension', name, targetDir: folder })).rejects.toMatchObject({
      code: 'CREATE_NAME',
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(['', ' ', 'a"b', 'a\\b', 'a/b', '<b>', 'x\u001b[2J', 'x'.repeat(81)])(
    'the publisher %j',
    async (publisher) => {
      await expect(
        createProject({ kind: 'extension', name: 'demo', publisher, targetDir: folder }),
      ).rejects.toMatchObject({ code: 'CREATE_PUBLISHER' });
    },
  );

  it.each([
    [{ tenant: 'me' }, 'CREATE_TENANT'],
    [{ template: 'nope' }, 'CREATE_TEMPLATE'],
    [{ template: '../../etc' }, 'CREATE_TEMPLATE'],
  ])('%j', async (more, code) => {
    await expect(
      createProject({ kind: 'extension', name: 'demo', targetDir: folder, ...more }),
    ).rejects.toMatchObject({
      code,
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('a folder with files, or a file', async () => {
    await write('demo/keep.txt', 'mine');
    await write('file', '');
    for (const name of ['demo', 'file']) {
      await expect(createProject({ kind: 'extension', name, targetDir: folder })).rejects.toMatchObject({
        code: 'CREATE_TARGET',
      });
    }
    expect(await readdir(join(folder, 'demo'))).toEqual(['keep.txt']);
  });

  it.each(['elsewhere', 'nowhere'])('a link to %s', async (to) => {
    await mkdir(join(folder, 'elsewhere'));
    await symlink(join(folder, to), join(folder, 'demo'));
    await expect(createProject({ kind: 'extension', name: 'demo', targetDir: folder })).rejects.toMatchObject(
      {
        code: 'CREATE_TARGET',
      },
    );
    expect(await allFiles()).toEqual([]);
  });
});

describe('the command', () => {
  it.each([
    [['create', 'extension', 'demo', '--template', 'basic'], 'no handler'],
    [['create', 'extension', 'demo', '--template=ui-gallery'], 'no handler'],
    [['create', 'component', 'demo'], 'TypeScript handler'],
    [['component', 'create', 'demo'], 'TypeScript handler'],
    [['create', 'demo'], 'TypeScript handler'],
  ])('%j', async (args, summary) => {
    await mkdir(join(folder, 'in'));
    const result = await alga(...args, '--directory', 'in', '--yes');
    expect(result).toMatchObject({ code: 0, error: '' });
    expect(result.out).toContain('npx alga dev');
    expect((await loadProject(join(folder, 'in/demo'))).summary).toContain(summary);
  });

  it('lists the templates, also as JSON', async () => {
    expect((await alga('create', '--list')).out.split('\n')[0]).toMatch(/^full +extension +React page/);
    const listed = JSON.parse((await alga('create', '--list', '--json')).out) as {
      templates: { name: string }[];
    };
    expect(listed.templates.map(({ name }) => name)).toEqual(TEMPLATES.map(({ name }) => name));
  });

  it('answers in JSON', async () => {
    const result = await alga('create', 'extension', 'demo', '--json', '--dry-run');
    expect(JSON.parse(result.out)).toMatchObject({
      name: 'com.example.demo',
      written: false,
      template: 'full',
    });
  });

  it.each([
    ['package-lock.json', 'npm install', 'npx alga dev'],
    ['pnpm-lock.yaml', 'pnpm install', 'pnpm exec alga dev'],
    ['yarn.lock', 'yarn install', 'yarn exec alga dev'],
  ])('names the package manager of %s', async (lock, ...commands) => {
    await write(lock, lock.endsWith('.json') ? '{}' : '');
    const { out } = await alga('create', 'extension', 'demo', '--yes');
    expect(
      out
        .trim()
        .split('\n')
        .slice(-2)
        .map((line) => line.trim()),
    ).toEqual(commands);
  });

  it('makes a repository, and none when told so', async () => {
    expect((await alga('create', 'extension', 'one', '--yes')).out).toContain('.git/');
    const status = await run('git', ['status', '--short'], { cwd: join(folder, 'one') });
    expect(status.stdout).toContain('?? manifest.json');
    expect((await alga('create', 'extension', 'two', '--yes', '--no-git')).out).not.toContain('.git/');
    await expect(readdir(join(folder, 'two/.git'))).rejects.toThrow();
  });

  it('takes a template from a local folder, and shows what it would write', async () => {
    await write('mine/manifest.json', '{"name":"{{name}}"}');
    const args = ['create', 'com.acme.mine', '--template', './mine', '--yes'];
    expect((await alga(...args, '--dry-run')).out).toContain('  manifest.json');
    await expect(readdir(join(folder, 'com.acme.mine'))).rejects.toThrow();
    expect((await alga(...args)).code).toBe(0);
    expect(await readFile(join(folder, 'com.acme.mine/manifest.json'), 'utf8')).toBe(
      '{"name":"com.acme.mine"}',
    );
  });

  it('asks nothing where nobody can answer', async () => {
    const result = await alga('create');
    expect(result.code).toBe(2);
    expect(result.error).toContain('CREATE_NAME_MISSING');
  });
});

describe.skipIf(!tmux)('the questions', () => {
  it('are answered with arrow keys and text, and can be cancelled', async () => {
    const terminal = await openTerminal(
      { columns: 80, rows: 24 },
      `cd ${folder}; node ${programFile} create`,
    );
    const shows = (text: string) => terminal.until(text, (rows) => rows.some((row) => row.includes(text)));
    try {
      await shows('What is it to be made of?');
      await terminal.keys('Down', 'Down', 'Enter');
      await shows('Name, as a reverse domain');
      await terminal.keys('-l', 'Bad Name');
      await terminal.keys('Enter');
      await shows('capital letters are not allowed');
      await terminal.keys('C-u');
      await terminal.keys('-l', 'com.acme.asked');
      await terminal.keys('Enter');
      await shows('Who publishes it?');
      await terminal.keys('Enter');
      await shows('npx alga dev');
      const project = await loadProject(join(folder, 'com.acme.asked'));
      expect(project.summary).toBe('no handler, UI ui/ (plain files)');
      expect(project.manifest.publisher).toBe('Example');
      await terminal.keys('-l', `clear; node ${programFile} create`);
      await terminal.keys('Enter');
      await terminal.until('the first question again', (rows) => {
        const text = rows.join('\n');
        return text.includes('What is it to be made of?') && !text.includes('npx alga dev');
      });
      await terminal.keys('C-c');
      await shows('Nothing was written.');
    } finally {
      await terminal.close();
    }
  });
});
