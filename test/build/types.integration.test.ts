import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createTypeChecker, type TypeChecker } from '../../src/build/types/index.js';
import { type ScratchProject, scratchProject } from '../support/scratch.js';

const never = new AbortController().signal;
let checker: TypeChecker;
let project: ScratchProject;

beforeAll(async () => {
  checker = createTypeChecker();
  await checker.start();
});
afterAll(() => checker.stop());
afterEach(() => project.remove());

const check = (signal = never) => checker.check({ projectRoot: project.root }, signal);

describe('the type checker', () => {
  it('finds nothing in a template, an error after an edit, and nothing after it is mended', async () => {
    project = await scratchProject('full', 'types-edit');
    expect(await check()).toMatchObject({ checked: true, errors: [] });
    await project.edit('src/handler.ts', 'return json(200, status(', 'return json("200", status(');
    const { errors } = await check();
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({
      code: 'TYPES_MISMATCH',
      message: "Argument of type 'string' is not assignable to parameter of type 'number'. (TS2345)",
      location: { file: 'src/handler.ts', line: 17, column: 63 },
    });
    expect(errors[0]?.location?.frame).toContain('> 17 |');
    expect(errors[0]?.location?.frame).toContain('^^^^^');
    await project.edit('src/handler.ts', 'json("200"', 'json(200');
    expect((await check()).errors).toEqual([]);
  });

  it('finds what an edit breaks in another file, and follows new and removed files', async () => {
    project = await scratchProject('full', 'types-other');
    await check();
    await project.edit('src/responses.ts', 'json(status: number', 'json(status: string');
    expect(new Set((await check()).errors.map((error) => error.location?.file))).toEqual(
      new Set(['src/handler.ts', 'src/responses.ts']),
    );
    await project.edit('src/responses.ts', 'json(status: string', 'json(status: number');
    await project.edit('src/handler.ts', "from './notes.ts'", "from './kept-notes.ts'");
    expect((await check()).errors.map((error) => error.message)).toEqual([
      expect.stringContaining("Cannot find module './kept-notes.ts'"),
    ]);
    await project.write('src/kept-notes.ts', await project.read('src/notes.ts'));
    expect((await check()).errors).toEqual([]);
    await rm(join(project.root, 'src/kept-notes.ts'));
    expect((await check()).errors).toHaveLength(1);
  });

  it('brings the types of the host when the project has none, and takes the project’s when it has', async () => {
    project = await scratchProject('component', 'types-ambient');
    await rm(join(project.root, 'src/alga-extension.d.ts'));
    expect((await check()).errors).toEqual([]);
    const handler = await project.read('src/handler.ts');
    await project.write('src/handler.ts', handler.replace(/logInfo\(`.*`\)/, 'logInfo(7)'));
    expect((await check()).errors.map((error) => error.message)).toEqual([
      "Argument of type 'number' is not assignable to parameter of type 'string'. (TS2345)",
    ]);
    const own =
      "declare module 'alga:extension/logging' { export function logInfo(message: number): void; }\n";
    await project.write('src/own.d.ts', own);
    expect((await check()).errors).toEqual([]);
  });

  it('leaves a project without tsconfig.json alone', async () => {
    project = await scratchProject('ui-static', 'types-none');
    expect(await check()).toMatchObject({ checked: false, errors: [] });
  });

  it('reports a broken configuration with its place, and recovers', async () => {
    project = await scratchProject('component', 'types-config');
    await check();
    await project.edit('tsconfig.json', '"strict": true', '"strikt": true, "target": "ES1812"');
    const { errors } = await check();
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['TYPES_CONFIG_INVALID']));
    expect(errors[0]?.location).toMatchObject({ file: 'tsconfig.json', line: expect.any(Number) });
    await project.edit('tsconfig.json', '"strikt": true, "target": "ES1812"', '"strict": true');
    expect((await check()).errors).toEqual([]);
  });

  it('checks what a configuration refers to', async () => {
    project = await scratchProject('component', 'types-references');
    const config = await project.read('tsconfig.json');
    await mkdir(join(project.root, 'parts'));
    await project.write('parts/handler.json', config.replace(/"include": \[.*?\]/, '"include": ["../src"]'));
    await project.write(
      'tsconfig.json',
      '{ "files": [], "references": [{ "path": "./parts/handler.json" }] }',
    );
    await project.edit('src/handler.ts', 'json(200, { echo', 'json("200", { echo');
    expect((await check()).errors.map((error) => error.location?.file)).toEqual(['src/handler.ts']);
  });

  it('gives up when aborted, and answers the next question', async () => {
    project = await scratchProject('full', 'types-abort');
    const controller = new AbortController();
    const given = check(controller.signal);
    controller.abort(new Error('newer edit'));
    await expect(given).rejects.toThrow('newer edit');
    await expect(check(AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
    await project.edit('ui/src/App.tsx', 'useState(0)', "useState<number>('0')");
    expect((await check()).errors.map((error) => error.location?.file)).toEqual(['ui/src/App.tsx']);
  });
});
