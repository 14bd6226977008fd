import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonSyntaxError, locateJson, pointerTo } from './json-positions.js';

function fault(text: string): { message: string; offset: number } {
  try {
    locateJson(text);
  } catch (error) {
    if (error instanceof JsonSyntaxError) return { message: error.message, offset: error.offset };
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

describe('locateJson', () => {
  it('finds values and property names', () => {
    const text = '{ "a": [1, {"b/c": true}] }';
    const { values, keys } = locateJson(text);
    const cut = (range?: { start: number; end: number }) => text.slice(range?.start, range?.end);
    expect(cut(values.get('/a/0'))).toBe('1');
    expect(cut(values.get('/a/1/b~1c'))).toBe('true');
    expect(cut(keys.get('/a/1/b~1c'))).toBe('"b/c"');
    expect(cut(values.get(''))).toBe(text);
  });

  it('reports a property that stands twice, with the place of the later one', () => {
    expect(locateJson('{"a":1,"a":2}').duplicates).toEqual([{ pointer: '/a', range: { start: 7, end: 10 } }]);
  });

  it.each([
    ['{"a": 1,}', 7, 'a comma before "}" is not allowed'],
    ['[1 2]', 3, 'expected "," or "]"'],
    ["{'a': 1}", 1, 'property names need double quotes'],
    ['{"a": \'b\'}', 6, 'strings need double quotes'],
    ['{"a" 1}', 5, 'expected ":" after the property name'],
    ['{"a": 01}', 7, 'expected "," or "}"'],
    ['{"a": "b\n"}', 6, 'this string is not closed, or holds a bad escape'],
    ['{ // no\n}', 2, 'comments are not allowed in JSON'],
    ['{} {}', 3, 'unexpected text after the end of the value'],
    ['\ufeff{}', 0, 'the file begins with a byte order mark'],
    ['{"a": ', 6, 'expected a value, but the file ends here'],
    ['', 0, 'expected a value, but the file ends here'],
  ])('refuses %j at offset %d', (text, offset, message) => {
    expect(fault(text)).toEqual({ offset, message });
  });

  it('refuses nesting without end', () => {
    expect(fault('['.repeat(100_000)).message).toMatch(/nested deeper/);
  });

  it('accepts exactly what JSON.parse accepts, and finds every value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(), fc.string({ maxLength: 1 }), (value, at, char) => {
        const good = JSON.stringify(value, null, 1);
        const { values } = locateJson(good);
        for (const [pointer, range] of values) {
          expect(JSON.parse(good.slice(range.start, range.end))).toEqual(valueAt(JSON.parse(good), pointer));
        }
        const cut = at % (good.length + 1);
        const changed = good.slice(0, cut) + char + good.slice(cut + 1);
        expect(accepts(() => locateJson(changed))).toBe(accepts(() => JSON.parse(changed)));
      }),
    );
  });
});

function accepts(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

function valueAt(root: unknown, pointer: string): unknown {
  const find = (value: unknown, at: string): { found: unknown } | undefined => {
    if (at === pointer) return { found: value };
    if (typeof value !== 'object' || value === null) return undefined;
    for (const [key, child] of Object.entries(value)) {
      const hit = find(child, pointerTo(at, key));
      if (hit !== undefined) return hit;
    }
    return undefined;
  };
  return find(root, '')?.found;
}
