import { describe, expect, test } from 'vitest';
import { SourceMap } from './source-map.js';

/** Three lines of output: `a` from x.ts 1:1 and 1:5 (named `f`), nothing, then y.ts 11:3. */
const MAP = JSON.stringify({
  version: 3,
  sourceRoot: 'src/',
  sources: ['x.ts', 'y.ts'],
  names: ['f'],
  mappings: 'AAAA,IAAIA;;ECUE',
});

describe('a source map', () => {
  test('gives the last place at or before a column of its line', () => {
    const map = SourceMap.parse(MAP);
    expect(map?.lookup(1, 1)).toEqual({ file: 'src/x.ts', line: 1, column: 1, name: undefined });
    expect(map?.lookup(1, 4)).toEqual({ file: 'src/x.ts', line: 1, column: 1, name: undefined });
    expect(map?.lookup(1, 5)).toEqual({ file: 'src/x.ts', line: 1, column: 5, name: 'f' });
    expect(map?.lookup(1, 500)).toEqual({ file: 'src/x.ts', line: 1, column: 5, name: 'f' });
    expect(map?.lookup(3, 3)).toEqual({ file: 'src/y.ts', line: 11, column: 7, name: undefined });
  });

  test('has no place before the first mapping, on empty lines, or past the end', () => {
    const map = SourceMap.parse(MAP);
    expect(map?.lookup(3, 1)).toBeUndefined();
    expect(map?.lookup(2, 1)).toBeUndefined();
    expect(map?.lookup(99, 1)).toBeUndefined();
  });

  test('is none when the text is none', () => {
    for (const text of ['', '{', '[]', 'null', '{"version":2}', '{"version":3,"sources":[],"mappings":1}']) {
      expect(SourceMap.parse(text)).toBeUndefined();
    }
    const broken = SourceMap.parse('{"version":3,"sources":["a"],"mappings":"!!,??;A"}');
    expect(broken?.lookup(1, 1)).toBeUndefined();
  });

  test('reads numbers of more than one digit', () => {
    const wide = SourceMap.parse(JSON.stringify({ version: 3, sources: ['a'], mappings: '2HAwCgD' }));
    expect(wide?.lookup(1, 124)).toEqual({ file: 'a', line: 41, column: 49, name: undefined });
    expect(wide?.lookup(1, 123)).toBeUndefined();
  });
});
