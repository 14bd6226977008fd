import { describe, expect, it } from 'vitest';
import { withRoute } from './handler-edit.js';
import { checkRoute } from './route.js';

const route = checkRoute('get', '/api/things');
const item = checkRoute('DELETE', 'api/things/:id');

const TEMPLATE = `import { failure, json, readJson } from './responses.ts';

export function handler(request: ExecuteRequest): ExecuteResponse {
  const { method, url } = request.http;
  const path = url.split('?')[0];

  if (method === 'GET' && path === '/api/hello') return hello();
  return failure(404, 'Nothing');
}

function getThings(): string {
  return 'taken';
}
`;

describe('withRoute', () => {
  it('answers before the last answer where method and path are at hand', () => {
    expect(withRoute(TEMPLATE, 'handler.ts', checkRoute('POST', '/api/echo'))).toBe(
      TEMPLATE.replace(
        "  return failure(404, 'Nothing');",
        "  if (method === 'POST' && path === '/api/echo') return postEcho(request);\n  return failure(404, 'Nothing');",
      ) +
        '\nfunction postEcho(request: ExecuteRequest): ExecuteResponse {\n  return json(200, { received: readJson(request) ?? null });\n}\n',
    );
  });

  it('takes a name that is free', () => {
    expect(withRoute(TEMPLATE, 'handler.ts', route)).toContain(
      "function getThings2(): ExecuteResponse {\n  return json(200, { message: 'GET /api/things' });\n}",
    );
  });

  it('matches a path with parameters', () => {
    expect(withRoute(TEMPLATE, 'handler.ts', item)).toContain(
      "if (method === 'DELETE' && /^\\/api\\/things\\/[^/]+$/.test(path)) return deleteThingsId(request);",
    );
  });

  it('answers first thing in any other handler, with what that module has', () => {
    expect(
      withRoute('export const handler = async (req) => {\n    return work(req);\n};\n', 'handler.js', route),
    ).toBe(`export const handler = async (req) => {
    if (req.http.method === 'GET' && (req.http.url.split('?')[0] ?? '') === '/api/things') return getThings();
    return work(req);
};

function getThings() {
  return {
    status: 200,
    headers: [{ name: 'content-type', value: 'application/json' }],
    body: new TextEncoder().encode(JSON.stringify({ message: 'GET /api/things' })),
  };
}
`);
  });

  it('gives the type inside a promise', () => {
    const source =
      'export async function handler(r: Request): Promise<Answer<string>> {\n  return work(r);\n}\n';
    expect(withRoute(source, 'handler.ts', route)).toContain('function getThings(): Answer<string> {');
  });

  it.each([
    'export const handler = (request) => work(request);',
    'export function handler({ http }) { return work(http); }',
    'export function handler() { return 1; }',
    'export { handler } from "./other.js";',
    'export function handler( {',
  ])('leaves alone: %s', (source) => {
    expect(withRoute(source, 'handler.ts', route)).toBeUndefined();
  });
});

describe('checkRoute', () => {
  it('writes parameters as the gateway reads them', () => {
    expect(checkRoute('get', 'api/{kind}/:id')).toEqual({ method: 'GET', path: '/api/:kind/:id' });
  });

  it.each([
    ['FETCH', '/a'],
    ['GET', '/a b'],
    ['GET', "/a'"],
    ['GET', '/../a'],
    ['GET', '//a'],
    ['GET', '/a?b=1'],
    ['GET', '/'],
  ])('refuses %s %s', (method, path) => {
    expect(() => checkRoute(method, path)).toThrowError(expect.objectContaining({ code: 'ADD_ARGUMENT' }));
  });
});
