import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/entry.js';
import { loadProject } from '../../src/project/index.js';
import { projectFindings } from '../../src/project/inspect/index.js';
import { SHAPES, type ShapeCopies, shapeCopies } from './shapes.js';

let copies: ShapeCopies;

beforeAll(async () => {
  copies = await shapeCopies();
});
afterAll(() => copies.remove());

it('has a row for each fixture', async () => {
  const fixtures = await readdir(join(packageRoot(), 'test/fixtures/projects'));
  expect(SHAPES.map(({ name }) => name).sort()).toEqual(fixtures.sort());
});

it.each(SHAPES)('recognises the shape $name', async (shape) => {
  const project = await loadProject(await copies.copy(shape));
  expect(project.summary).toBe(shape.summary);
  const warnings = [...project.warnings, ...(await projectFindings(project, { features: 'default' }))];
  expect(warnings.map(({ code }) => code)).toEqual(shape.warnings ?? []);
  expect(project.manifest.name).toBe(`com.example.${shape.name}`);
});
