import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../core/entry.js';
import { configJsonSchema, manifestJsonSchema } from './json-schema.js';

it.each([
  ['manifest', manifestJsonSchema],
  ['config', configJsonSchema],
])('the shipped JSON Schema of the %s is the one in force', async (name, make) => {
  const file = join(packageRoot(), 'docs/schemas', `${name}.schema.json`);
  expect(
    JSON.parse(await readFile(file, 'utf8')),
    `write it with: alga validate --schema ${name} > ${file}`,
  ).toEqual(make());
});
