import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createTypeChecker, type TypeChecker } from '../../src/build/types/index.js';
import { packageRoot } from '../../src/core/entry.js';
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

interface Way {
  readonly compiler: 'native' | 'classic';
  /** Whether the checker is told which files have changed. */
  readonly told: boolean;
}

/** Gives the project a TypeScript of its own that is a library. */
async function installClassic(): Promise<void> {
  const modules = join(project.root, 'node_modules');
  await mkdir(modules);
  await symlink(join(packageRoot(), 'node_modules/typescript-classic'), join(modules, 'typescript'));
}

describe.each<Way>([
  { compiler: 'native', told: true },
  { compiler: 'native', told: false },
  { compiler: 'classic', told: false },
])('the $compiler type checker, told of changes: $told', ({ compiler, told }) => {
  const scratch = async (template: string, name: string): Promise<void> => {
    project = await scratchProject(template, `types-${name}`);
    if (compiler === 'classic') await installClassic();
  };
  const first = () => checker.check({ projectRoot: project.root }, never);
  const check = (...changed: string[]) =>
    checker.check(told ? { projectRoot: project.root, changed } : { projectRoot: project.root }, never);

  it('finds nothing in a template, an error after an edit, and nothing after it is mended', async () => {
    await scratch('full', 'edit');
    expect(await first()).toMatchObject({ checked: true, errors: [] });
    await project.edit('src/handler.ts', 'return json(200, status(', '\'é€😀\'; return json("200", status(');
    const { errors } = await check('src/handler.ts');
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({
      code: 'TYPES_MISMATCH',
      message: "Argument of type 'string' is not assignable to parameter of type 'number'. (TS2345)",
      location: { file: 'src/handler.ts', line: 17, column: 71 },
    });
    expect(errors[0]?.location?.frame).toContain('> 17 |');
    expect(errors[0]?.location?.frame).toContain('^^^^^');
    // Asked again without a change in between, it says the same.
    expect((await check()).errors).toHaveLength(1);
    await project.edit('src/handler.ts', 'json("200"', 'json(200');
    expect((await check('src/handler.ts')).errors).toEqual([]);
  });

  it('explains an error in all its parts', async () => {
    await scratch('component', 'explained');
    await project.write(
      'src/parts.ts',
      "const text = { inner: { size: '1' } };\nexport const part: { inner: { size: number } } = text;\n",
    );
    expect((await first()).errors.map((error) => error.message)).toEqual([
      "Type '{ inner: { size: string; }; }' is not assignable to type '{ inner: { size: number; }; }'.\n" +
        "  The types of 'inner.size' are incompatible between these types.\n" +
        "    Type 'string' is not assignable to type 'number'. (TS2322)",
    ]);
  });

  it('finds what an edit breaks in another file, and follows new and removed files', async () => {
    await scratch('full', 'other');
    await first();
    await project.edit('src/responses.ts', 'json(status: number', 'json(status: string');
    expect(new Set((await check('src/responses.ts')).errors.map((error) => error.location?.file))).toEqual(
      new Set(['src/handler.ts', 'src/responses.ts']),
    );
    await project.edit('src/responses.ts', 'json(status: string', 'json(status: number');
    await project.edit('src/handler.ts', "from './notes.ts'", "from './kept-notes.ts'");
    expect((await check('src/responses.ts', 'src/handler.ts')).errors.map((error) => error.message)).toEqual([
      expect.stringContaining("Cannot find module './kept-notes.ts'"),
    ]);
    await project.write('src/kept-notes.ts', await project.read('src/notes.ts'));
    expect((await check('src/kept-notes.ts')).errors).toEqual([]);
    await rm(join(project.root, 'src/kept-notes.ts'));
    expect((await check('src/kept-notes.ts')).errors).toHaveLength(1);
  });

  it('looks everywhere when what has changed is seen without an import', async () => {
    await scratch('full', 'global');
    await project.write('src/size.d.ts', 'type Size = number;\n');
    await project.write('src/far.ts', 'export const far: Size = 1;\n');
    expect((await first()).errors).toEqual([]);
    await project.write('src/size.d.ts', 'type Size = string;\n');
    expect((await check('src/size.d.ts')).errors.map((error) => error.location?.file)).toEqual([
      'src/far.ts',
    ]);
    await rm(join(project.root, 'src/size.d.ts'));
    expect((await check('src/size.d.ts')).errors.map((error) => error.message)).toEqual([
      "Cannot find name 'Size'. (TS2304)",
    ]);
  });

  it('brings the types of the host when the project has none, and takes the project’s when it has', async () => {
    await scratch('component', 'ambient');
    await rm(join(project.root, 'src/alga-extension.d.ts'));
    expect((await first()).errors).toEqual([]);
    const handler = await project.read('src/handler.ts');
    await project.write('src/handler.ts', handler.replace(/logInfo\(`.*`\)/, 'logInfo(7)'));
    expect((await check('src/handler.ts')).errors.map((error) => error.message)).toEqual([
      "Argument of type 'number' is not assignable to parameter of type 'string'. (TS2345)",
    ]);
    const own =
      "declare module 'alga:extension/logging' { export function logInfo(message: number): void; }\n";
    await project.write('src/own.d.ts', own);
    expect((await check('src/own.d.ts')).errors).toEqual([]);
  });

  it('leaves a project without tsconfig.json alone', async () => {
    await scratch('ui-static', 'none');
    expect(await first()).toMatchObject({ checked: false, errors: [] });
  });

  it('reports a broken configuration with its place, and recovers', async () => {
    await scratch('component', 'config');
    await first();
    await project.edit('tsconfig.json', '"strict": true', '"strikt": true, "target": "ES1812"');
    const { errors } = await check('tsconfig.json');
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['TYPES_CONFIG_INVALID']));
    expect(errors[0]?.location).toMatchObject({ file: 'tsconfig.json', line: expect.any(Number) });
    await project.edit('tsconfig.json', '"strikt": true, "target": "ES1812"', '"strict": true');
    expect((await check('tsconfig.json')).errors).toEqual([]);
  });

  it('checks what a configuration refers to', async () => {
    await scratch('component', 'references');
    const config = await project.read('tsconfig.json');
    await mkdir(join(project.root, 'parts'));
    await project.write('parts/handler.json', config.replace(/"include": \[.*?\]/, '"include": ["../src"]'));
    await project.write(
      'tsconfig.json',
      '{ "files": [], /* all of it */ "references": [{ "path": "./parts/handler.json" },] }',
    );
    await project.edit('src/handler.ts', 'json(200, { echo', 'json("200", { echo');
    expect((await first()).errors.map((error) => error.location?.file)).toEqual(['src/handler.ts']);
  });

  it('gives up when aborted, and answers the next question', async () => {
    await scratch('full', 'abort');
    const controller = new AbortController();
    const given = checker.check({ projectRoot: project.root }, controller.signal);
    controller.abort(new Error('newer edit'));
    await expect(given).rejects.toThrow('newer edit');
    const late = AbortSignal.abort(new Error('too late'));
    await expect(checker.check({ projectRoot: project.root }, late)).rejects.toThrow('too late');
    await project.edit('ui/src/App.tsx', 'useState(0)', "useState<number>('0')");
    expect((await check('ui/src/App.tsx')).errors.map((error) => error.location?.file)).toEqual([
      'ui/src/App.tsx',
    ]);
  });
});

describe('a type checker', () => {
  it('looks into every configuration when what all of them see is gone', async () => {
    project = await scratchProject('component', 'types-parts');
    const config = await project.read('tsconfig.json');
    for (const part of ['one', 'two']) {
      const include = `"include": ["src/seen.ts", "src/${part}.ts"]`;
      await project.write(`${part}.json`, config.replace(/"include": \[.*?\]/, include));
      await project.write(`src/${part}.ts`, 'export const size: Size = 1;\n');
    }
    await project.write(
      'tsconfig.json',
      '{ "files": [], "references": [{ "path": "./one.json" }, { "path": "./two.json" }] }',
    );
    await project.write('src/seen.ts', 'export {};\ndeclare global {\n  type Size = number;\n}\n');
    expect((await checker.check({ projectRoot: project.root }, never)).errors).toEqual([]);
    await project.write('src/seen.ts', 'export {};\n');
    const input = { projectRoot: project.root, changed: ['src/seen.ts'] };
    expect((await checker.check(input, never)).errors.map((error) => error.location?.file)).toEqual([
      'src/one.ts',
      'src/two.ts',
    ]);
  });

  it('goes on with the TypeScript that a project installs meanwhile', async () => {
    project = await scratchProject('component', 'types-installed');
    // The classic compiler knows this setting; the native one refuses it.
    await project.edit('tsconfig.json', '"moduleResolution": "bundler"', '"moduleResolution": "node10"');
    await project.edit('tsconfig.json', '"strict": true', '"strict": true, "ignoreDeprecations": "6.0"');
    const refused = (await checker.check({ projectRoot: project.root }, never)).errors;
    expect(refused.map((error) => error.message).join()).toContain('moduleResolution=node10');
    await installClassic();
    const { errors } = await checker.check({ projectRoot: project.root, changed: ['package.json'] }, never);
    expect(errors.map((error) => error.message).join()).not.toContain('moduleResolution=node10');
  });

  it('says so when the compiler of this platform is not installed', async () => {
    project = await scratchProject('component', 'types-unavailable');
    const absent = `export const resolve = (name, context, next) => {
      if (name.startsWith('@typescript/typescript-')) throw new Error('absent');
      return next(name, context);
    };`;
    const hook = `import { register } from 'node:module';
      register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(absent)}));`;
    vi.stubEnv('NODE_OPTIONS', `--import=data:text/javascript,${encodeURIComponent(hook)}`);
    const crippled = createTypeChecker();
    try {
      await crippled.start();
      const { errors } = await crippled.check({ projectRoot: project.root }, never);
      expect(errors.map(({ code, message }) => [code, message])).toEqual([
        ['TYPES_UNAVAILABLE', expect.stringMatching(/^Types are not checked: .*@typescript\/typescript-/)],
      ]);
    } finally {
      vi.unstubAllEnvs();
      await crippled.stop();
    }
  });
});
