import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHandlerBuilder, type HandlerBuilder } from '../../src/build/handler/index.js';
import { createUiBuilder, type UiBuilder } from '../../src/build/ui/index.js';
import { packageRoot } from '../../src/core/entry.js';
import { loadProject } from '../../src/project/index.js';
import { projectFindings } from '../../src/project/inspect/index.js';
import { SHAPES, type Shape, type ShapeCopies, shapeCopies } from './shapes.js';

let copies: ShapeCopies;
let work: string;
let handlers: HandlerBuilder;
let uis: UiBuilder;

beforeAll(async () => {
  copies = await shapeCopies();
  work = await mkdtemp(join(tmpdir(), 'alga-shapes-'));
  handlers = createHandlerBuilder({ cacheDir: join(work, 'cache') });
  uis = createUiBuilder();
  await Promise.all([handlers.start(), uis.start()]);
});
afterAll(async () => {
  await Promise.all([handlers.stop(), uis.stop()]);
  await copies.remove();
  await rm(work, { recursive: true, force: true });
});

const signal = new AbortController().signal;

async function textOfFolder(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\n');
}

it('has a row for each fixture', async () => {
  const fixtures = await readdir(join(packageRoot(), 'test/fixtures/projects'));
  expect(SHAPES.map(({ name }) => name).sort()).toEqual(fixtures.sort());
});

describe.each(SHAPES)('the shape $name', (shape: Shape) => {
  it('is recognised', async () => {
    const project = await loadProject(await copies.copy(shape));
    expect(project.summary).toBe(shape.summary);
    const warnings = [...project.warnings, ...(await projectFindings(project, { features: 'default' }))];
    expect(warnings.map(({ code }) => code)).toEqual(shape.warnings ?? []);
    expect(project.manifest.name).toBe(`com.example.${shape.name}`);
  });

  it.runIf(shape.ui)('gives a page that shows its own script', async () => {
    const project = await loadProject(await copies.copy(shape));
    if (project.ui === undefined) throw new Error('no UI was found');
    const outDir = join(work, 'ui', shape.name);
    const built = await uis.build({ projectRoot: project.root, ui: project.ui, outDir }, signal);
    const text = await textOfFolder(built.outDir);
    expect(text).toMatch(new RegExp(`shape (?:\\$\\{shape\\}|${shape.name})`));
    expect(text).not.toContain('placeholder');
  });

  it.runIf(shape.handler && shape.name !== 'other-language')('gives a component', async () => {
    const project = await loadProject(await copies.copy(shape));
    if (project.handler === undefined) throw new Error('no handler was found');
    const built = await handlers.build(
      { projectRoot: project.root, handler: project.handler, features: 'default' },
      signal,
    );
    expect(Buffer.from(built.component.subarray(0, 4)).toString('latin1')).toBe('\0asm');
    expect(Buffer.from(built.component).includes(shape.name)).toBe(true);
  });
});
