import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Project } from '../project/types.js';
import { ContentMemory, classify, isIgnored } from './changes.js';

const root = '/p';
const project = {
  root,
  manifestPath: '/p/manifest.json',
  handler: { root, entry: '/p/src/handler.ts' },
  ui: { root: '/p/ui', kind: 'vite', viteConfig: '/p/vite.config.ts' },
} as unknown as Project;
const known = {
  handler: new Set(['/p/src/handler.ts', '/p/shared/money.ts']),
  ui: new Set(['/p/ui/src/App.tsx', '/p/shared/money.ts']),
};
const kindsOf = (path: string): string[] => [...classify(project, known, path)].sort();

describe('classify', () => {
  it.each([
    ['/p/manifest.json', ['manifest']],
    ['/p/wit/extension-runner.wit', ['wit']],
    ['/p/package.json', ['dependencies']],
    ['/p/tsconfig.json', ['config']],
    ['/p/vite.config.ts', ['config', 'ui']],
    ['/p/src/handler.ts', ['handler']],
    ['/p/ui/src/App.tsx', ['ui']],
    ['/p/shared/money.ts', ['handler', 'ui']],
    ['/p/ui/src/New.tsx', ['ui']],
    ['/p/src/new-module.ts', ['handler', 'ui']],
    ['/p/src/handler.test.ts', []],
    ['/p/README.md', []],
  ])('%s means %j', (path, kinds) => {
    expect(kindsOf(path)).toEqual(kinds);
  });
});

describe('classify, with a command that builds the component', () => {
  const componentBuild = { inputs: ['/p/guest', '/p/Cargo.toml', '/p/src'], outputs: ['/p/guest/target'] };
  const other = { ...project, handler: undefined, componentBuild } as unknown as Project;

  it.each([
    ['/p/guest/main.rs', ['artifact']],
    ['/p/Cargo.toml', ['artifact']],
    ['/p/src/shared.ts', ['artifact', 'ui']],
    ['/p/guest/target/x.o', []],
    ['/p/guests/main.rs', []],
    ['/p/dist/main.wasm', []],
  ])('%s means %j', (path, kinds) => {
    expect([...classify(other, { handler: new Set(), ui: new Set() }, path)].sort()).toEqual(kinds);
  });
});

describe('classify, with a component from elsewhere', () => {
  const nothing = { handler: new Set<string>(), ui: new Set<string>() };
  const file = '/p/dist/main.wasm';

  it.each([
    [{ handler: undefined, prebuiltComponent: file }, ['artifact']],
    [{ handler: undefined }, ['artifact', 'config']],
    [{}, []],
  ])('%j', (change, kinds) => {
    const other = { ...project, ...change } as unknown as Project;
    expect([...classify(other, nothing, file)].sort()).toEqual(kinds);
    expect(isIgnored(root, file)).toBe(false);
  });
});

describe('isIgnored', () => {
  it.each([
    '/p/dist/main.js',
    '/p/a/dist/main.wasm',
    '/p/node_modules/x/i.js',
    '/p/.git/HEAD',
    '/p/src/a.ts~',
    '/p/b.tar.zst',
  ])('leaves %s unwatched', (path) => expect(isIgnored(root, path)).toBe(true));
  it('watches sources, also below a folder whose name only begins like an output', () => {
    expect(isIgnored(root, '/p/distance/km.ts')).toBe(false);
  });
});

describe('ContentMemory', () => {
  let folder: string | undefined;
  afterEach(async () => {
    if (folder) await rm(folder, { recursive: true });
  });

  it('tells a save with the same bytes from a change, and notices deletion', async () => {
    folder = await mkdtemp(join(tmpdir(), 'alga-memory-'));
    const file = join(folder, 'a.ts');
    const memory = new ContentMemory();
    await writeFile(file, 'one');
    await memory.learn([file], Number.POSITIVE_INFINITY);
    await writeFile(file, 'one');
    expect(await memory.changed(file)).toBe(false);
    await writeFile(file, 'two');
    expect(await memory.changed(file)).toBe(true);
    await rm(file);
    expect(await memory.changed(file)).toBe(true);
    expect(await memory.changed(file)).toBe(false);
  });

  it('does not take an edit made during a build for the built content', async () => {
    folder = await mkdtemp(join(tmpdir(), 'alga-memory-'));
    const file = join(folder, 'a.ts');
    await writeFile(file, 'edited while the build ran');
    const memory = new ContentMemory();
    await memory.learn([file], 0);
    expect(await memory.changed(file)).toBe(true);
  });
});
