import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AlgaError } from '../../../core/errors/alga-error.js';
import type { HandlerInput } from '../door.js';
import { bundleHandler, type SourceBundle } from './source-bundle.js';

const never = new AbortController().signal;
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'alga-bundle-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function project(files: Record<string, string>, entry = 'src/handler.ts'): Promise<HandlerInput> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  return { projectRoot: root, handler: { entry: join(root, entry), root }, features: 'default' };
}

async function bundle(files: Record<string, string>): Promise<SourceBundle> {
  return bundleHandler(await project(files), never);
}

async function failure(files: Record<string, string>): Promise<AlgaError> {
  const error = await bundle(files).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AlgaError)) throw error ?? new Error('nothing was thrown');
  return error;
}

const OTHER = 'export enum Kind { One = 1 }\nexport const kind = Kind.One;\n';

describe('bundleHandler', () => {
  it('joins TypeScript modules into one ES module and leaves the host interfaces outside', async () => {
    const result = await bundle({
      'src/handler.ts':
        "import { logInfo } from 'alga:extension/logging';\nimport { kind } from './other';\n" +
        "import type { ExecuteRequest } from 'alga:extension/types';\n" +
        'export const handler = (r: ExecuteRequest) => { logInfo(String(kind)); return r; };\n',
      'src/other.ts': OTHER,
    });
    expect(result.code).toContain('from "alga:extension/logging"');
    expect(result.code).not.toContain('./other');
    expect(result.hostImports).toEqual(['alga:extension/logging']);
    expect(result.guestPath).toBe('src/handler.js');
    expect([...result.inputs].sort()).toEqual([join(root, 'src/handler.ts'), join(root, 'src/other.ts')]);
    expect(JSON.parse(result.sourceMap).sources.sort()).toEqual(['src/handler.ts', 'src/other.ts']);
  });

  it('gives the same text for a changed comment and in another folder', async () => {
    const files = { 'src/handler.ts': 'export const handler = () => 1; // one\n', 'src/other.ts': OTHER };
    const first = await bundle(files);
    const elsewhere = join(root, 'deeper', 'down');
    await mkdir(join(elsewhere, 'src'), { recursive: true });
    await writeFile(join(elsewhere, 'src', 'handler.ts'), 'export const handler = () => 1; /* two */\n');
    const handler = { entry: join(elsewhere, 'src/handler.ts'), root: elsewhere };
    const second = await bundleHandler({ projectRoot: elsewhere, handler, features: 'default' }, never);
    expect(second.code).toBe(first.code);
  });

  it('places a syntax error', async () => {
    const error = await failure({
      'src/handler.ts': 'export const a = 1;\nexport function handler( {\n  const b = ;\n',
    });
    expect(error).toMatchObject({
      code: 'HANDLER_SYNTAX',
      location: { file: 'src/handler.ts', line: 3, column: 9 },
    });
    expect(error.location?.frame).toContain('> 3 |   const b = ;');
  });

  it.each([
    ["import { x } from './nope';", './nope'],
    ["import { x } from 'left-pad';", 'left-pad'],
    ["import { x } from 'node:fs';", 'node:fs'],
  ])('refuses %s', async (line, specifier) => {
    const error = await failure({ 'src/handler.ts': `${line}\nexport const handler = () => x;\n` });
    expect(error.code).toBe('HANDLER_IMPORT_UNRESOLVED');
    expect(error.message).toContain(`'${specifier}'`);
    expect(error.location).toMatchObject({ file: 'src/handler.ts', line: 1, column: line.indexOf("'") + 1 });
  });

  it('refuses a name that a module does not export', async () => {
    const error = await failure({
      'src/handler.ts': "import { gone } from './other';\nexport const handler = () => gone;\n",
      'src/other.ts': OTHER,
    });
    expect(error).toMatchObject({ code: 'HANDLER_NAME_NOT_EXPORTED', location: { line: 1, column: 10 } });
  });

  it('tells what is exported when handler is not', async () => {
    const error = await failure({
      'src/handler.ts': 'export const handle = () => 1;\nexport default handle;\n',
    });
    expect(error.code).toBe('HANDLER_EXPORT_MISSING');
    expect(error.message).toContain('handle');
  });

  it('says which entry is missing', async () => {
    const input = await project({});
    await expect(bundleHandler(input, never)).rejects.toMatchObject({ code: 'HANDLER_ENTRY_MISSING' });
  });

  it('follows path aliases of tsconfig.json, and works without it when it cannot be read', async () => {
    const handler = "import { kind } from '#lib/other';\nexport const handler = () => kind;\n";
    const result = await bundle({
      'src/handler.ts': handler,
      'src/lib/other.ts': OTHER,
      'tsconfig.json': JSON.stringify({ compilerOptions: { paths: { '#lib/*': ['./src/lib/*'] } } }),
    });
    expect(result.inputs).toContain(join(root, 'tsconfig.json'));
    const broken = await bundle({
      'src/handler.ts': 'export const handler = () => 1;\n',
      'tsconfig.json': JSON.stringify({ extends: '@nobody/has-this' }),
    });
    expect(broken.code).toContain('handler');
  });

  it('stops when aborted', async () => {
    const input = await project({ 'src/handler.ts': 'export const handler = () => 1;\n' });
    await expect(bundleHandler(input, AbortSignal.abort(new Error('newer save')))).rejects.toThrow(
      'newer save',
    );
  });
});
