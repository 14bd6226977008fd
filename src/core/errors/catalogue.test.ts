import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../entry.js';
import { catalogue } from './catalogue.js';

const sources = join(packageRoot(), 'src');
const outside = readdirSync(sources, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && !/\.test\.|core\/errors\//.test(name))
  .map((name) => readFileSync(join(sources, name), 'utf8'))
  .join('\n');

it('has no error that nothing can throw', () => {
  // INTERNAL is what is made of everything that has no code.
  const coded = Object.keys(catalogue).filter((code) => code !== 'INTERNAL');
  expect(coded.filter((code) => !outside.includes(`'${code}'`))).toEqual([]);
});
