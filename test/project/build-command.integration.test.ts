import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/entry.js';
import { SHAPES, type ShapeCopies, shapeCopies } from './shapes.js';

const ALGA = join(packageRoot(), 'bin/alga.mjs');
let copies: ShapeCopies;
const leave: (() => Promise<void>)[] = [];

beforeAll(async () => {
  copies = await shapeCopies();
});
afterAll(() => copies.remove());
afterEach(async () => {
  for (const end of leave.splice(0)) await end();
});

async function copyOf(name: string): Promise<string> {
  const shape = SHAPES.find((known) => known.name === name);
  if (shape === undefined) throw new Error(`no shape ${name}`);
  return await copies.copy(shape);
}

interface Line {
  readonly type: string;
  readonly [field: string]: unknown;
}

function build(cwd: string, ...args: string[]): Promise<{ code: number; lines: Line[] }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [ALGA, 'build', '--json', ...args], { cwd }, (error, stdout) => {
      const lines = stdout.split('\n').filter((line) => line !== '');
      const code = error === null ? 0 : Number(error.code);
      resolve({ code, lines: lines.map((line) => JSON.parse(line) as Line) });
    });
  });
}

/** `alga build --watch --json`; `next` waits for the next line of a type. */
async function watched(root: string): Promise<{ next(type: string): Promise<Line>; all: Line[] }> {
  const child = spawn(process.execPath, [ALGA, 'build', '--watch', '--json'], { cwd: root });
  const all: Line[] = [];
  let seen = 0;
  let wake = (): void => undefined;
  createInterface({ input: child.stdout }).on('line', (line) => {
    all.push(JSON.parse(line) as Line);
    wake();
  });
  leave.push(async () => {
    const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
    child.kill('SIGINT');
    expect(await closed).toBe(0);
  });
  const next = (type: string): Promise<Line> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${type} in ${JSON.stringify(all)}`)), 60_000);
      wake = () => {
        const at = all.findIndex((line, index) => index >= seen && line.type === type);
        const found = all[at];
        if (found === undefined) return;
        seen = at + 1;
        clearTimeout(timer);
        resolve(found);
      };
      wake();
    });
  return { next, all };
}

describe('alga build', () => {
  it('makes the component and the UI, whatever flag names the project', async () => {
    const root = await copyOf('component-vite-ui');
    for (const flag of ['--project', '--dir', '--cwd']) {
      await rm(join(root, 'dist'), { recursive: true, force: true });
      const { code, lines } = await build(packageRoot(), flag, root, '--skip-install');
      expect(code).toBe(0);
      expect(lines.map(({ type, what, path }) => [type, what, path])).toEqual([
        ['built', 'component', join(root, 'dist/main.wasm')],
        ['built', 'ui', join(root, 'dist/ui')],
      ]);
      expect((await readFile(join(root, 'dist/main.wasm'))).subarray(0, 4).toString('latin1')).toBe('\0asm');
      expect(await readFile(join(root, 'dist/ui/index.html'), 'utf8')).toContain('<title>Shape</title>');
    }
    expect((await build(packageRoot(), `--project=${root}`)).code).toBe(0);
  });

  it('builds without a clock under --parity, and says what that changes', async () => {
    const root = await copyOf('component-only');
    const answer = join(root, 'src/answer.ts');
    await writeFile(answer, `${await readFile(answer, 'utf8')}\nexport const now = () => Date.now();\n`);
    const handler = join(root, 'src/handler.ts');
    const text = await readFile(handler, 'utf8');
    await writeFile(handler, `import { now } from './answer.js';\nexport const clock = now;\n${text}`);
    const plain = await build(root);
    const parity = await build(root, '--parity');
    expect(plain.lines.filter(({ type }) => type === 'warning')).toEqual([]);
    expect(parity.lines).toContainEqual(
      expect.objectContaining({ type: 'warning', file: 'src/answer.ts', line: expect.any(Number) }),
    );
    expect(parity.code).toBe(0);
  });

  it('builds with the official tools under --release, and finds the same code as in development', async () => {
    const root = await copyOf('component-only');
    // Code that no build of an earlier run has left in the cache.
    const answer = join(root, 'src/answer.ts');
    const unseen = `Object.assign(globalThis, { seen: '${randomUUID()}' });`;
    await writeFile(answer, `${await readFile(answer, 'utf8')}\n${unseen}\n`);
    const { code, lines } = await build(root, '--release');
    expect(code).toBe(0);
    const detail = expect.stringMatching(/official, same code as the development build$/);
    expect(lines).toContainEqual(expect.objectContaining({ what: 'component', detail }));
  });

  it.each([
    ['other-language', 'component', 'dist/main.wasm', 'node build.mjs'],
    ['script-ui', 'ui', 'dist/ui/index.html', 'npm run build:ui'],
  ])("runs the project's own build: %s", async (name, what, output, detail) => {
    const root = await copyOf(name);
    await rm(join(root, 'dist'), { recursive: true, force: true });
    const { code, lines } = await build(root);
    expect(code).toBe(0);
    expect(lines).toContainEqual(expect.objectContaining({ what, detail: expect.stringContaining(detail) }));
    expect((await stat(join(root, output))).size).toBeGreaterThan(0);
  });

  it('tells file, line and column of what is wrong and exits with 1', async () => {
    const root = await copyOf('component-only');
    await writeFile(join(root, 'src/handler.ts'), 'export const a = 1;\nexport function handler( {\n');
    const { code, lines } = await build(root);
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatchObject({ type: 'error', code: 'HANDLER_SYNTAX', file: 'src/handler.ts' });
    expect((await build(packageRoot(), '--project', join(root, 'nowhere'))).code).toBe(1);
  });

  it('builds again after each change with --watch, also after a mistake, and leaves when told', async () => {
    const root = await copyOf('component-vite-ui');
    const { next, all } = await watched(root);
    await next('watching');
    const source = join(root, 'src/answer.ts');
    const good = await readFile(source, 'utf8');
    const before = await readFile(join(root, 'dist/main.wasm'));

    await writeFile(source, good);
    await writeFile(join(root, 'README.md'), 'nothing a build reads\n');
    await writeFile(source, `${good}\nexport const more = ;\n`);
    expect(await next('error')).toMatchObject({ code: 'HANDLER_SYNTAX', file: 'src/answer.ts' });
    await next('watching');
    expect((await readFile(join(root, 'dist/main.wasm'))).equals(before)).toBe(true);

    const marked = all.length;
    await writeFile(source, good.replace('status: 200', 'status: 203'));
    expect(await next('built')).toMatchObject({ what: 'component' });
    await next('watching');
    expect((await readFile(join(root, 'dist/main.wasm'))).equals(before)).toBe(false);
    expect(all.slice(marked).filter(({ type }) => type === 'error')).toEqual([]);

    await writeFile(join(root, 'src/iframe/main.tsx'), "document.body.textContent = 'new';\n");
    await next('watching');
    expect(await readFile(join(root, 'dist/ui/index.html'), 'utf8')).toContain('<title>Shape</title>');
  });
});
