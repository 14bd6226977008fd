import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  bytesResponse,
  emptyResponse,
  errorResponse,
  type HandlerRequest,
  headerOf,
  jsonResponse,
  matchRoute,
  pathOf,
  queryOf,
  readJson,
  readText,
  textResponse,
} from './index.js';

function request(http: Partial<HandlerRequest['http']> = {}): HandlerRequest {
  return { http: { method: 'GET', url: '/api/things/7?q=a%20b&q=c', headers: [], ...http } };
}

const bytes = (text: string) => new TextEncoder().encode(text);
const text = ({ body }: { body?: Uint8Array | undefined }) => new TextDecoder().decode(body);

describe('answers', () => {
  it('as JSON, with a status and headers', () => {
    const answer = jsonResponse({ grüße: [1] }, { status: 201, headers: { location: '/api/things/1' } });
    expect(answer).toEqual({
      status: 201,
      headers: [
        { name: 'content-type', value: 'application/json' },
        { name: 'location', value: '/api/things/1' },
      ],
      body: bytes('{"grüße":[1]}'),
    });
    expect(text(jsonResponse(null))).toBe('null');
    expect(jsonResponse(false).status).toBe(200);
  });

  it.each([undefined, () => 1, Symbol('x')])('never as JSON of what is none: %s', (value) => {
    expect(() => jsonResponse(value)).toThrow(TypeError);
  });

  it('as text, with a type of its own when one is given', () => {
    expect(textResponse('ö').headers).toEqual([{ name: 'content-type', value: 'text/plain; charset=utf-8' }]);
    const csv = textResponse('a,b', { headers: [{ name: 'Content-Type', value: 'text/csv' }] });
    expect(csv).toEqual({
      status: 200,
      headers: [{ name: 'Content-Type', value: 'text/csv' }],
      body: bytes('a,b'),
    });
  });

  it('as bytes, as nothing, as a refusal', () => {
    expect(bytesResponse(new Uint8Array([1]), 'image/png')).toEqual({
      status: 200,
      headers: [{ name: 'content-type', value: 'image/png' }],
      body: new Uint8Array([1]),
    });
    expect(emptyResponse()).toEqual({ status: 204, headers: [] });
    expect(emptyResponse({ status: 304, headers: { etag: '"1"' } })).toEqual({
      status: 304,
      headers: [{ name: 'etag', value: '"1"' }],
    });
    expect(errorResponse(404, 'Nothing here')).toMatchObject({
      status: 404,
      body: bytes('{"error":"Nothing here"}'),
    });
  });
});

describe('requests', () => {
  it('have a path and a query', () => {
    expect(pathOf(request())).toBe('/api/things/7');
    expect(queryOf(request()).getAll('q')).toEqual(['a b', 'c']);
    expect([...queryOf(request({ url: '/x' })).keys()]).toEqual([]);
    expect(queryOf(request({ url: '/x?a=1?b=2#c' })).get('a')).toBe('1?b=2');
  });

  it('have headers in any case', () => {
    const asked = request({
      headers: [
        { name: 'X-One', value: '1' },
        { name: 'x-one', value: '2' },
      ],
    });
    expect(headerOf(asked, 'x-ONE')).toBe('1, 2');
    expect(headerOf(asked, 'x')).toBeUndefined();
  });

  it('have a body, or none', () => {
    expect(readJson(request({ body: bytes('{"a":"ö"}') }))).toEqual({ a: 'ö' });
    expect(readJson(request({ body: bytes('{"a"') }))).toBeUndefined();
    expect(readJson(request())).toBeUndefined();
    expect(readText(request({ body: bytes('ö') }))).toBe('ö');
    expect(readText(request())).toBe('');
  });

  it('fit an endpoint or do not', () => {
    expect(matchRoute(request(), 'GET', '/api/things/:id')).toEqual({ id: '7' });
    expect(matchRoute(request({ url: '/api/things/a%2Fb/' }), 'GET', '/api/things/:id')).toEqual({
      id: 'a/b',
    });
    expect(matchRoute(request({ url: '/api/things/%' }), 'GET', '/api/things/:id')).toEqual({ id: '%' });
    expect(matchRoute(request({ url: '/' }), 'GET', '/')).toEqual({});
    expect(matchRoute(request(), 'POST', '/api/things/:id')).toBeUndefined();
    expect(matchRoute(request(), 'GET', '/api/things')).toBeUndefined();
    expect(matchRoute(request(), 'GET', '/api/thing/:id')).toBeUndefined();
  });
});

it('imports nothing but itself: it is bundled into components', async () => {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const files = (await readdir(folder)).filter((name) => !name.includes('.test.'));
  for (const file of files) {
    const source = await readFile(`${folder}${file}`, 'utf8');
    for (const [, specifier] of source.matchAll(/from '([^']+)'/g))
      expect(specifier, file).toMatch(/^\.\/\w+\.js$/);
  }
  expect(files).toContain('index.ts');
});
