import { expect, test } from 'vitest';
import { normalEndpoints, versionColumns } from './version-columns.js';

const manifest = { name: 'n', version: '1.0.0', runtime: 'wasm-js@1', capabilities: [] };

test.each([
  ['get', 'hello', 'GET', '/hello'],
  ['Post', './a//b', 'POST', '/a/b'],
  ['PUT', '//x', 'PUT', '/x'],
  ['DELETE', '/items/:id/', 'DELETE', '/items/:id/'],
  [' HEAD ', '/', 'HEAD', '/'],
])('the endpoint %s %s is stored as %s %s', (method, path, storedMethod, storedPath) => {
  expect(normalEndpoints([{ method, path, handler: './dist//main' }])).toEqual([
    { method: storedMethod, path: storedPath, handler: 'dist/main' },
  ]);
});

test('of equal endpoints the last one counts, and other keys are dropped', () => {
  const one = { method: 'GET', path: '/a', handler: 'first', schedulable: true };
  expect(normalEndpoints([one, { method: 'get', path: 'a', handler: 'second' }])).toEqual([
    { method: 'GET', path: '/a', handler: 'second' },
  ]);
});

test('labels are trimmed, blank ones and unknown hooks are gone', () => {
  const hooks = { appMenu: { label: ' Demo ' }, clientPortalMenu: { label: '  ' }, other: { label: 'x' } };
  const ui = { type: 'iframe' as const, entry: './ui//index.html', hooks };
  expect(versionColumns({ ...manifest, ui })).toMatchObject({
    mainEntry: 'ui/index.html',
    ui: { type: 'iframe', entry: 'ui/index.html', hooks: { appMenu: { label: 'Demo' } } },
  });
});

test('without UI and API the columns are the ones of an empty extension', () => {
  expect(versionColumns(manifest)).toEqual({
    runtime: 'wasm-js@1',
    mainEntry: 'main',
    api: {},
    ui: null,
    capabilities: [],
    apiEndpoints: [],
  });
});

test('capabilities keep their prefix, in the form in which they are compared', () => {
  const capabilities = [' CAP:Storage.KV ', 'cap:storage.kv', 'http.fetch'];
  expect(versionColumns({ ...manifest, capabilities }).capabilities).toEqual([
    'cap:storage.kv',
    'http.fetch',
  ]);
});
