import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withItem, withProperty } from './json-edit.js';

const MANIFEST = `{
  "name": "a",
  "capabilities": ["cap:log.emit"],
  "api": {
    "endpoints": [
      { "method": "GET", "path": "/a", "handler": "dist/main" }
    ]
  }
}
`;

describe('withItem', () => {
  it('adds to a list on one line', () => {
    expect(withItem(MANIFEST, '/capabilities', 'cap:http.fetch')).toBe(
      MANIFEST.replace('["cap:log.emit"]', '["cap:log.emit", "cap:http.fetch"]'),
    );
  });

  it('adds to a list of lines', () => {
    const item = { method: 'POST', path: '/b', handler: 'dist/main' };
    expect(withItem(MANIFEST, '/api/endpoints', item)).toBe(
      MANIFEST.replace(
        '"handler": "dist/main" }\n',
        '"handler": "dist/main" },\n      { "method": "POST", "path": "/b", "handler": "dist/main" }\n',
      ),
    );
  });

  it('adds to an empty list', () => {
    expect(withItem('{\n\t"x": []\n}', '/x', 'y')).toBe('{\n\t"x": ["y"]\n}');
  });
});

describe('withProperty', () => {
  it('adds in the indentation of the file', () => {
    expect(withProperty('{\n\t"a": 1\n}\n', '', 'b', { c: [1] })).toBe(
      '{\n\t"a": 1,\n\t"b": {\n\t\t"c": [\n\t\t\t1\n\t\t]\n\t}\n}\n',
    );
    expect(withProperty('{}', '', 'b', 'x')).toBe('{\n  "b": "x"\n}');
  });

  it('replaces what is there', () => {
    expect(withProperty(MANIFEST, '', 'name', 'b')).toBe(MANIFEST.replace('"a"', '"b"'));
  });
});

it('gives the same as an edit of the value, for any JSON', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.string(),
      fc.jsonValue(),
      (before, key, value) => {
        fc.pre(key !== '__proto__' && !('__proto__' in before));
        const text = JSON.stringify(before, null, 2);
        expect(JSON.parse(withProperty(text, '', key, value))).toEqual(
          JSON.parse(JSON.stringify({ ...before, [key]: value })),
        );
        const list = JSON.stringify({ list: Object.values(before) }, null, 2);
        expect(JSON.parse(withItem(list, '/list', value))).toEqual(
          JSON.parse(JSON.stringify({ list: [...Object.values(before), value] })),
        );
      },
    ),
  );
});
