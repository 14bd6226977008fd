import { describe, expect, it } from 'vitest';
import { AlgaError } from '../../core/errors/alga-error.js';
import { KNOWN_CAPABILITIES } from '../capabilities.js';
import { checkManifest, validateManifest } from './validate.js';

const GOOD = {
  name: 'com.example.demo',
  publisher: 'Example',
  version: '1.2.3',
  runtime: 'wasm-js@1',
  capabilities: ['cap:storage.kv'],
  ui: { type: 'iframe', entry: 'ui/index.html', hooks: { appMenu: { label: 'Demo' } } },
  api: { endpoints: [{ method: 'GET', path: '/hello', handler: 'dist/main' }] },
};

/** `GOOD` with the value at a path of keys replaced; undefined removes it. */
function changed(path: readonly (string | number)[], value: unknown): string {
  const copy: unknown = structuredClone(GOOD);
  let at = copy as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>;
  const last = path.at(-1) ?? '';
  if (value === undefined) delete at[last];
  else at[last] = value;
  return JSON.stringify(copy, null, 2);
}

function problemsOf(text: string): string[] {
  const check = checkManifest(text, 'manifest.json');
  return check.ok ? [] : check.problems.map(({ pointer, problem }) => `${pointer} ${problem}`);
}

/** Where the first problem is; a missing value is where it would belong. */
function firstProblem(text: string): { line?: number; column?: number } {
  try {
    validateManifest(text, 'manifest.json');
    return {};
  } catch (error) {
    return error instanceof AlgaError ? (error.location ?? {}) : {};
  }
}

const MARK = 'stands here';

/** Line and column of the value at a pointer in the written document; of what is around it when it is missing. */
function placeOf(document: Record<string, unknown>, pointer: string): { line: number; column: number } {
  const steps = pointer.split('/').slice(1);
  let around: Record<string, unknown> = document;
  let last: { in: Record<string, unknown>; key: string } | undefined;
  for (const key of steps) {
    if (!(key in around)) break;
    last = { in: around, key };
    around = around[key] as Record<string, unknown>;
  }
  if (last === undefined) return { line: 1, column: 1 };
  last.in[last.key] = MARK;
  const before = (JSON.stringify(document, null, 2).split(`"${MARK}"`)[0] ?? '').split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

function warningsOf(text: string): string[] {
  return validateManifest(text, 'manifest.json').warnings.map(({ code, line }) => `${code}:${line}`);
}

describe('rules of a manifest', () => {
  it('accepts the sample without a word', () => {
    const text = JSON.stringify(GOOD);
    expect(problemsOf(text)).toEqual([]);
    expect(warningsOf(text)).toEqual([]);
  });

  it.each<[readonly (string | number)[], unknown, string]>([
    [['name'], undefined, '/name is required'],
    [['name'], ' ', '/name must not be blank'],
    [['name'], 7, '/name must be a string'],
    [['publisher'], null, '/publisher must be a string'],
    [['publisher'], '', '/publisher must not be blank'],
    [['version'], undefined, '/version is required'],
    [['version'], '1.2', '/version must be a version like 1.2.3, 1.2.3-beta.1 or 1.2.*'],
    [['version'], 'v1.2.3', '/version must be a version like 1.2.3, 1.2.3-beta.1 or 1.2.*'],
    [['version'], '1.*.3', '/version must be a version like 1.2.3, 1.2.3-beta.1 or 1.2.*'],
    [['runtime'], undefined, '/runtime is required'],
    [['runtime'], 'wasm', '/runtime must name a runtime and its version, like wasm-js@1'],
    [['runtime'], '', '/runtime must name a runtime and its version, like wasm-js@1'],
    [['capabilities'], 'cap:log.emit', '/capabilities must be an array'],
    [['capabilities'], null, '/capabilities must be an array'],
    [['capabilities', 0], ' ', '/capabilities/0 must not be blank'],
    [['ui'], [], '/ui must be an object'],
    [['ui'], null, '/ui must be an object'],
    [['ui', 'type'], 'page', '/ui/type must be "iframe"'],
    [['ui', 'type'], undefined, '/ui/type is required'],
    [['ui', 'entry'], undefined, '/ui/entry is required'],
    [['ui', 'entry'], 'ui/../x.html', '/ui/entry must not contain ".."'],
    [['ui', 'hooks'], 'x', '/ui/hooks must be an object'],
    [['ui', 'hooks', 'appMenu'], 'x', '/ui/hooks/appMenu must be an object with a label'],
    [['ui', 'hooks', 'appMenu'], {}, '/ui/hooks/appMenu/label is required'],
    [
      ['ui', 'hooks', 'clientPortalMenu'],
      { label: ' ' },
      '/ui/hooks/clientPortalMenu/label must not be blank',
    ],
    [['api'], 1, '/api must be an object with endpoints'],
    [['api'], {}, '/api/endpoints is required'],
    [['api', 'endpoints'], {}, '/api/endpoints must be an array'],
    [['api', 'endpoints', 0], 'x', '/api/endpoints/0 must be an object with method, path and handler'],
    [
      ['api', 'endpoints', 0, 'method'],
      'TRACE',
      '/api/endpoints/0/method must be one of GET, POST, PUT, PATCH, DELETE, OPTIONS, HEAD',
    ],
    [['api', 'endpoints', 0, 'path'], '', '/api/endpoints/0/path must not be blank'],
    [['api', 'endpoints', 0, 'path'], '/a b', '/api/endpoints/0/path must not contain whitespace'],
    [['api', 'endpoints', 0, 'path'], '/a/../b', '/api/endpoints/0/path must not contain ".."'],
    [['api', 'endpoints', 0, 'handler'], undefined, '/api/endpoints/0/handler is required'],
    [['api', 'endpoints', 0, 'handler'], '../main', '/api/endpoints/0/handler must not contain ".."'],
    [['assets'], 'ui', '/assets must be an array'],
    [['assets'], [''], '/assets/0 must not be blank'],
    [['precompiled'], [], '/precompiled must be an object of strings'],
    [['precompiled'], { 'x86_64-linux-gnu': '' }, '/precompiled/x86_64-linux-gnu must not be blank'],
    [['name'], null, '/name must be a string'],
    [['version'], null, '/version must be a string'],
    [['runtime'], 1, '/runtime must be a string'],
    [['capabilities', 0], 1, '/capabilities/0 must be a string'],
    [['ui', 'entry'], ' ', '/ui/entry must not be blank'],
    [['ui', 'entry'], 1, '/ui/entry must be a string'],
    [['ui', 'hooks'], null, '/ui/hooks must be an object'],
    [['ui', 'hooks', 'appMenu'], null, '/ui/hooks/appMenu must be an object with a label'],
    [['ui', 'hooks', 'appMenu', 'label'], 1, '/ui/hooks/appMenu/label must be a string'],
    [['api'], null, '/api must be an object with endpoints'],
    [['api', 'endpoints'], null, '/api/endpoints must be an array'],
    [['api', 'endpoints', 0, 'method'], undefined, '/api/endpoints/0/method is required'],
    [['api', 'endpoints', 0, 'path'], undefined, '/api/endpoints/0/path is required'],
    [['api', 'endpoints', 0, 'handler'], ' ', '/api/endpoints/0/handler must not be blank'],
    [['assets'], null, '/assets must be an array'],
    [['assets'], [1], '/assets/0 must be a string'],
    [['precompiled'], null, '/precompiled must be an object of strings'],
    [['precompiled'], { x: 1 }, '/precompiled/x must be a string'],
    [['publisher'], 1, '/publisher must be a string'],
    [['capabilities', 0], null, '/capabilities/0 must be a string'],
    [['ui'], 'ui/index.html', '/ui must be an object'],
    [['ui', 'type'], 'IFRAME', '/ui/type must be "iframe"'],
    [['ui', 'hooks'], [], '/ui/hooks must be an object'],
    [['ui', 'hooks', 'appMenu', 'label'], ' ', '/ui/hooks/appMenu/label must not be blank'],
    [['ui', 'hooks', 'clientPortalMenu'], null, '/ui/hooks/clientPortalMenu must be an object with a label'],
    [['ui', 'hooks', 'clientPortalMenu'], {}, '/ui/hooks/clientPortalMenu/label is required'],
    [['api'], [], '/api must be an object with endpoints'],
    [['api', 'endpoints', 0], null, '/api/endpoints/0 must be an object with method, path and handler'],
    [['api', 'endpoints', 0, 'method'], 1, '/api/endpoints/0/method must be a string'],
    [
      ['api', 'endpoints', 0, 'method'],
      ' GET',
      '/api/endpoints/0/method must be one of GET, POST, PUT, PATCH, DELETE, OPTIONS, HEAD',
    ],
    [['api', 'endpoints', 0, 'path'], 1, '/api/endpoints/0/path must be a string'],
    [['api', 'endpoints', 0, 'handler'], 1, '/api/endpoints/0/handler must be a string'],
    [['version'], '', '/version must be a version like 1.2.3, 1.2.3-beta.1 or 1.2.*'],
    [['version'], '1.*', '/version must be a version like 1.2.3, 1.2.3-beta.1 or 1.2.*'],
  ])('%j = %j is refused', (path, value, problem) => {
    const text = changed(path, value);
    expect(problemsOf(text)).toEqual([problem]);
    expect(firstProblem(text)).toMatchObject(placeOf(JSON.parse(text), problem.split(' ')[0] ?? ''));
  });

  it.each<[readonly (string | number)[], unknown]>([
    [['version'], '1.2.*'],
    [['version'], ' 01.2.3-beta.1+build.5 '],
    [['runtime'], 'static@1'],
    [['publisher'], 'Ex'],
    [['capabilities'], undefined],
    [['ui'], undefined],
    [['api', 'endpoints'], []],
    ...['get', 'POST', 'Put', 'PATCH', 'delete', 'options', 'HEAD'].map(
      (method): [(string | number)[], string] => [['api', 'endpoints', 0, 'method'], method],
    ),
    [['name'], 'Any "name" at all'],
    [['version'], '1.2.3'],
    [['runtime'], 'a-b'],
    [['precompiled'], { 'x86_64-linux-gnu': 'a.cwasm' }],
    [['assets'], []],
    [['ui', 'hooks'], undefined],
    [['ui', 'hooks', 'other'], 1],
    [['api'], undefined],
    [['api', 'endpoints', 0, 'path'], 'no-slash'],
    [['api', 'endpoints', 0, 'schedulable'], true],
  ])('%j = %j is accepted', (path, value) => {
    expect(problemsOf(changed(path, value))).toEqual([]);
  });

  it.each(['[]', 'null', '"x"'])('refuses %s as a whole', (text) => {
    expect(problemsOf(text)).toEqual([' must be an object']);
  });

  it('collects all problems', () => {
    expect(problemsOf('{"name": "", "version": 1}')).toEqual([
      '/name must not be blank',
      '/version must be a string',
      '/runtime is required',
    ]);
  });
});

describe('validateManifest', () => {
  function thrown(text: string): AlgaError {
    try {
      validateManifest(text, 'manifest.json');
    } catch (error) {
      if (error instanceof AlgaError) return error;
      throw error;
    }
    throw new Error('accepted');
  }

  it('throws with pointer, position and frame of the first problem', () => {
    const error = thrown(changed(['api', 'endpoints', 0, 'method'], 'FETCH'));
    expect(error.code).toBe('MANIFEST_INVALID');
    expect(error.message).toContain('/api/endpoints/0/method must be one of GET');
    expect(error.location).toMatchObject({ file: 'manifest.json', line: 21, column: 19 });
    expect(error.location?.frame).toBe(
      [
        '  19 |     "endpoints": [',
        '  20 |       {',
        '> 21 |         "method": "FETCH",',
        '     |                   ^^^^^^^',
        '  22 |         "path": "/hello",',
        '  23 |         "handler": "dist/main"',
      ].join('\n'),
    );
  });

  it('places a missing value at the object it is missing from', () => {
    expect(thrown('{\n  "ui": { "type": "iframe" }\n}').location).toMatchObject({ line: 1 });
    expect(thrown(changed(['ui', 'entry'], undefined)).location).toMatchObject({ line: 9, column: 9 });
  });

  it('throws MANIFEST_SYNTAX with line and column', () => {
    const error = thrown('{\n  "name": "a",\n}');
    expect(error.code).toBe('MANIFEST_SYNTAX');
    expect(error.message).toBe('manifest.json is not valid JSON: a comma before "}" is not allowed');
    expect(error.location).toMatchObject({ file: 'manifest.json', line: 2, column: 14 });
  });
});

describe('warnings of a manifest', () => {
  it.each<[readonly (string | number)[], unknown, string[]]>([
    [['entry'], 'dist/main.wasm', ['MANIFEST_FIELD_REFUSED:27']],
    ...['displayName', 'description', 'events', 'sbom'].map((key): [string[], string, string[]] => [
      [key],
      'x',
      ['MANIFEST_FIELD_REFUSED:27'],
    ]),
    [['$schema'], './schema.json', ['MANIFEST_FIELD_REFUSED:27']],
    [['assets'], ['ui/**'], ['MANIFEST_FIELD_IGNORED:27']],
    [['precompiled'], {}, ['MANIFEST_FIELD_IGNORED:27']],
    [['publisher'], undefined, ['MANIFEST_PUBLISHER_MISSING:1']],
    [['ui', 'entry'], 'ui/dist/index.html', ['MANIFEST_UI_ENTRY_IGNORED:11']],
    [['ui', 'hooks', 'sidebar'], {}, ['MANIFEST_HOOK_IGNORED:16']],
    [['capabilities'], ['storage.kv'], ['MANIFEST_CAPABILITY_UNKNOWN:7']],
    [['capabilities'], ['cap:fly'], ['MANIFEST_CAPABILITY_UNKNOWN:7']],
    [['capabilities'], [' CAP:Storage.KV '], []],
    [['capabilities'], KNOWN_CAPABILITIES.map(({ name }) => name), []],
    ...['http.fetch', 'storage.kv', 'secrets.get'].map((name): [string[], string[], string[]] => [
      ['capabilities'],
      [name],
      ['MANIFEST_CAPABILITY_UNKNOWN:7'],
    ]),
  ])('%j = %j', (path, value, expected) => {
    expect(warningsOf(changed(path, value))).toEqual(expected);
  });

  it('names the capability that was meant', () => {
    const { warnings } = validateManifest(changed(['capabilities'], ['http.fetch']), 'manifest.json');
    expect(warnings[0]?.hint).toBe('Write "cap:http.fetch".');
  });

  it('tells of a key that stands twice', () => {
    const text = '{"name":"a","name":"b","publisher":"p","version":"1.0.0","runtime":"wasm-js@1"}';
    expect(warningsOf(text)).toEqual(['MANIFEST_DUPLICATE_KEY:1']);
    expect(validateManifest(text, 'm').manifest.name).toBe('b');
  });
});

describe('normal form of a manifest', () => {
  it('is what the product stores', () => {
    const text = JSON.stringify({
      ...GOOD,
      version: ' 1.2.3 ',
      capabilities: [' CAP:Storage.kv', 'cap:storage.kv', 'odd'],
      ui: { type: 'iframe', entry: './ui//index.html', hooks: { appMenu: { label: ' Demo ' }, other: 1 } },
      api: {
        endpoints: [{ method: 'post', path: './a//b', handler: './dist//main', schedulable: true }],
      },
    });
    expect(validateManifest(text, 'm').manifest).toEqual({
      name: 'com.example.demo',
      publisher: 'Example',
      version: '1.2.3',
      runtime: 'wasm-js@1',
      capabilities: ['cap:storage.kv', 'odd'],
      ui: { type: 'iframe', entry: 'ui/index.html', hooks: { appMenu: { label: 'Demo' } } },
      api: { endpoints: [{ method: 'POST', path: '/a/b', handler: 'dist/main' }] },
    });
  });
});
