import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHandlerBuilder, type HandlerBuilder } from '../../../src/build/handler/index.js';
import { findComponentTools } from '../../../src/build/handler/tools/component-tools.js';
import { packageRoot } from '../../../src/core/entry.js';
import { answering, type HandlerProject, handlerProject } from './projects.js';

const run = promisify(execFile);
const never = new AbortController().signal;
let project: HandlerProject;
let notes: string[];
let builders: HandlerBuilder[];

beforeEach(async () => {
  project = await handlerProject(answering('hello'));
  notes = [];
  builders = [];
});
afterEach(async () => {
  await Promise.all(builders.map((builder) => builder.stop()));
  await project.remove();
});

function builder(options: Partial<Parameters<typeof createHandlerBuilder>[0]> = {}): HandlerBuilder {
  const made = createHandlerBuilder({
    cacheDir: project.cacheDir,
    onNote: (note) => notes.push(note),
    ...options,
  });
  builders.push(made);
  return made;
}

describe('the cache', () => {
  it('answers in the next session, and a damaged entry is built again', async () => {
    const first = builder();
    const built = await first.build(project.input(), never);
    await first.stop();
    expect(await builder().build(project.input(), never)).toMatchObject({
      fromCache: true,
      lane: 'snapshot',
    });
    const folder = join(project.cacheDir, 'components');
    for (const name of await readdir(folder)) await truncate(join(folder, name), 1_000_000);
    const again = await builder().build(project.input(), never);
    expect(again.fromCache).toBe(false);
    expect(Buffer.compare(again.component, built.component)).toBe(0);
  });

  it('is not needed: a folder that cannot be written only costs time, and a note says so', async () => {
    await builder().build(project.input(), never);
    const occupied = join(project.root, 'occupied');
    await writeFile(occupied, 'a file, not a folder');
    const without = builder({ cacheDir: join(occupied, 'cache') });
    expect(await without.build(project.input(), never)).toMatchObject({ lane: 'snapshot', fromCache: false });
    await without.stop();
    expect(notes.filter((note) => note.includes('cannot be kept'))).toHaveLength(2);
  });
});

describe.skipIf(process.getuid?.() !== 0 || process.platform !== 'linux')('a cache folder on a disk', () => {
  it('that is full only costs time, and a note says so', async () => {
    const full = await mkdtemp(join(tmpdir(), 'alga-full-disk-'));
    await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', full]);
    try {
      const cramped = builder({ cacheDir: full });
      expect(await cramped.build(project.input(), never)).toMatchObject({ lane: 'snapshot' });
      await cramped.stop();
      expect(notes.join('\n')).toMatch(/cannot be kept.*no space/i);
      expect(await builder({ cacheDir: full }).build(project.input(), never)).toMatchObject({
        lane: 'snapshot',
      });
    } finally {
      await Promise.all(builders.map((each) => each.stop()));
      await run('umount', [full]);
      await rm(full, { recursive: true });
    }
  });
});

describe('the engine template', () => {
  it.each(['default', 'parity'] as const)(
    'ships with the package: the first start with features "%s" makes none',
    async (features) => {
      const fresh = await mkdtemp(join(tmpdir(), 'alga-fresh-cache-'));
      try {
        const first = builder({ cacheDir: fresh });
        const built = await first.build({ ...project.input(), features }, never);
        expect(built).toMatchObject({ lane: 'snapshot', fromCache: false });
        expect(notes).toEqual([]);
        await first.stop();
      } finally {
        await rm(fresh, { recursive: true });
      }
    },
  );

  it('is made again when it is damaged, half written or of another version', async () => {
    const { image } = await builder().buildImage(project.input(), never);
    const name = image?.templateKey ?? 'missing';
    const shared = join(project.cacheDir, 'templates');
    const own = join(project.root, 'own-cache');
    await cp(join(shared, name), join(own, 'templates', name), { recursive: true });
    await truncate(join(own, 'templates', name, 'engine.wasm'), 5_000_000);
    await mkdir(join(own, 'templates', '.new-leftover'));
    const built = await builder({ cacheDir: own }).build(project.input(), never);
    expect(built.lane).toBe('snapshot');
    const mended = await readFile(join(own, 'templates', name, 'engine.wasm'));
    expect(Buffer.compare(mended, await readFile(join(shared, name, 'engine.wasm')))).toBe(0);
    await rm(own, { recursive: true });
  });

  it('may go away in the middle of a session', async () => {
    await builder().build(project.input(), never);
    const own = join(project.root, 'own-cache');
    await cp(project.cacheDir, own, { recursive: true });
    const session = builder({ cacheDir: own });
    expect((await session.build(project.input(), never)).fromCache).toBe(true);
    await rm(own, { recursive: true });
    await project.write('src/handler.ts', answering('after'));
    expect(await session.build(project.input(), never)).toMatchObject({ fromCache: false, lane: 'snapshot' });
  });
});

describe('the fallbacks', () => {
  it('are taken one after the other when the engine is not fit for a template', async () => {
    const tools = await findComponentTools();
    const engine = join(project.root, 'engine.wasm');
    await writeFile(engine, (await readFile(tools.engine)).subarray(0, 1_000_000));
    const cacheDir = join(project.root, 'own-cache');
    const forced = builder({ cacheDir, tools: { ...tools, engine, engineHash: 'f'.repeat(64) } });
    expect((await forced.build(project.input(), never)).lane).toBe('official');
    const closed = notes.filter((note) => note.includes('the faster way is closed'));
    expect(closed).toHaveLength(2);
  });
});

describe('interface definitions', () => {
  const WIT = 'wit/extension-runner.wit';
  const withWit = async (text: string) => {
    await project.write(WIT, text);
    const input = project.input();
    return { ...input, handler: { ...input.handler, witPath: join(project.root, WIT) } };
  };
  const standard = (): Promise<string> => readFile(join(packageRoot(), 'runner', WIT), 'utf8');

  it('a project’s own is used when it asks for no more than the host has', async () => {
    const usual = await builder().build(project.input(), never);
    const same = await builder().build(await withWit(`// a comment\n${await standard()}`), never);
    expect(same.inputsHash).toBe(usual.inputsHash);
    const smaller = (await standard()).replace('  import scheduler;\n', '');
    const built = await builder().build(await withWit(smaller), never);
    expect(built.warnings).toEqual([]);
    expect(Buffer.from(usual.component).includes('alga:extension/scheduler')).toBe(true);
    expect(Buffer.from(built.component).includes('alga:extension/scheduler')).toBe(false);
    expect(built.inputs).toContain(join(project.root, WIT));
  });

  it.each([
    ['asks for more', (text: string) => text.replace('import context;', 'import context; import payroll;')],
    ['does not parse', (text: string) => text.replace('world runner {', 'world runner { %% ')],
  ])('one that %s is replaced by the built-in one, with a warning', async (_name, spoil) => {
    const usual = await builder().build(project.input(), never);
    const built = await builder().build(await withWit(spoil(await standard())), never);
    expect(built.warnings).toMatchObject([{ code: 'COMPONENT_WIT_REFUSED', file: WIT }]);
    expect(Buffer.compare(built.component, usual.component)).toBe(0);
  });
});

describe('leaving', () => {
  it.skipIf(process.platform !== 'linux')('ends the processes of a session that was killed', async () => {
    await project.write('src/handler.ts', `${answering('x')}\nfor (;;);`);
    const index = join(packageRoot(), 'dist', 'src', 'build', 'handler', 'index.js');
    const script = `
      import { readFileSync } from 'node:fs';
      import { createHandlerBuilder } from ${JSON.stringify(index)};
      const builder = createHandlerBuilder({ cacheDir: ${JSON.stringify(project.cacheDir)} });
      builder.build(${JSON.stringify(project.input())}, new AbortController().signal).catch(() => undefined);
      const children = () => readFileSync('/proc/self/task/' + process.pid + '/children', 'utf8').trim();
      const look = () => (children() ? console.log(children()) : setImmediate(look));
      look();
    `;
    const session = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: session.stdout });
    const [first] = await new Promise<string[]>((resolve) => lines.once('line', (line) => resolve([line])));
    const child = Number(first?.split(' ')[0]);
    expect(child).toBeGreaterThan(0);
    session.kill('SIGKILL');
    await expect.poll(() => running(child), { timeout: 10_000, interval: 20 }).toBe(false);
  });
});

function running(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
