import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/core/entry.js';
import { loadProject } from '../../src/project/index.js';
import { projectFindings } from '../../src/project/inspect/index.js';
import { startExtension, type TestExtension } from '../../src/testing/index.js';
import { workFolder } from './support.js';

/** Every helper that `alga/handler` has, in a handler that is typed by the host's own declarations. */
const HANDLER = `import {
  bytesResponse, emptyResponse, errorResponse, headerOf, jsonResponse, matchRoute, pathOf, queryOf, readJson,
  readText, textResponse,
} from 'alga/handler';
import type { ExecuteRequest, ExecuteResponse } from 'alga:extension/types';

export function handler(request: ExecuteRequest): ExecuteResponse {
  const thing = matchRoute(request, 'GET', '/api/things/:id');
  if (thing) {
    const page = Number(queryOf(request).get('page') ?? '1');
    return jsonResponse({ id: thing.id, page, accepts: headerOf(request, 'Accept') });
  }
  if (matchRoute(request, 'POST', '/api/things')) {
    const body = readJson(request);
    if (body === undefined) return errorResponse(400, 'Not JSON: ' + readText(request));
    return jsonResponse(body, { status: 201, headers: { location: pathOf(request) + '/1' } });
  }
  if (matchRoute(request, 'GET', '/api/text')) return textResponse('Grüße');
  if (matchRoute(request, 'GET', '/api/bytes')) return bytesResponse(new Uint8Array([0, 255]), 'image/png');
  return emptyResponse();
}
`;

let root: string;
let extension: TestExtension;

beforeAll(async () => {
  root = await workFolder('helpers');
  const write = (path: string, text: string) => writeFile(join(root, path), text);
  await mkdir(join(root, 'src'));
  await mkdir(join(root, 'node_modules'));
  await symlink(packageRoot(), join(root, 'node_modules/alga'), 'junction');
  const routes = [
    'GET /api/things/:id',
    'POST /api/things',
    'GET /api/text',
    'GET /api/bytes',
    'DELETE /api/things',
  ];
  const endpoints = routes.map((route) => {
    const [method, path] = route.split(' ');
    return { method, path, handler: 'dist/main' };
  });
  const manifest = { name: 'com.example.helped', publisher: 'Tests', version: '1.0.0', runtime: 'wasm-js@1' };
  await write('manifest.json', JSON.stringify({ ...manifest, capabilities: [], api: { endpoints } }));
  const template = join(packageRoot(), 'templates/component');
  await write('src/alga-extension.d.ts', await readFile(join(template, 'src/alga-extension.d.ts'), 'utf8'));
  await write('tsconfig.json', await readFile(join(template, 'tsconfig.json'), 'utf8'));
  await write('package.json', '{ "private": true, "type": "module", "dependencies": { "alga": "*" } }');
  await write('src/handler.ts', HANDLER);
  extension = await startExtension({ project: root });
});
afterAll(async () => {
  await extension?.stop();
  await rm(root, { recursive: true, force: true });
});

describe('a component with the helpers of alga/handler', () => {
  it('is built without a warning and has no type error', async () => {
    const project = await loadProject(root);
    expect([...project.warnings, ...(await projectFindings(project, { features: 'default' }))]).toEqual([]);
    const tsc = join(packageRoot(), 'node_modules/typescript/bin/tsc');
    await promisify(execFile)(process.execPath, [tsc, '--noEmit'], { cwd: root });
  });

  it('answers', async () => {
    const call = extension.call.bind(extension);
    const thing = await call('GET', '/api/things/a%20b', {
      query: { page: '3' },
      headers: { accept: 'text/x' },
    });
    expect(thing.json()).toEqual({ id: 'a b', page: 3, accepts: 'text/x' });
    const made = await call('POST', '/api/things', { body: { name: 'Ä' } });
    expect([made.status, made.headers.location, made.json()]).toEqual([201, '/api/things/1', { name: 'Ä' }]);
    const refused = await call('POST', '/api/things', { body: 'plain' });
    expect([refused.status, refused.json()]).toEqual([400, { error: 'Not JSON: plain' }]);
    const text = await call('GET', '/api/text');
    expect([text.headers['content-type'], text.text()]).toEqual(['text/plain; charset=utf-8', 'Grüße']);
    const bytes = await call('GET', '/api/bytes');
    expect([bytes.headers['content-type'], [...(bytes.body ?? [])]]).toEqual(['image/png', [0, 255]]);
    const gone = await call('DELETE', '/api/things');
    expect([gone.status, gone.body]).toEqual([204, undefined]);
  });

  it('is told how to get them where alga is not installed, without a package of that name being fetched', async () => {
    await rm(join(root, 'node_modules/alga'));
    await writeFile(join(root, 'package.json'), '{ "private": true, "type": "module" }');
    const found = await projectFindings(await loadProject(root), { features: 'default' });
    expect(found).toMatchObject([
      { code: 'DEPENDENCY_MISSING', hint: 'Run: npm link alga', line: 4, column: 9 },
    ]);
  });
});
