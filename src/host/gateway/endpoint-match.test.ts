import { expect, test } from 'vitest';
import { matchEndpoint, readEndpoints } from './endpoint-match.js';

const endpoints = readEndpoints([
  { method: 'get', path: '/items/:id', handler: 'h' },
  { method: 'GET', path: '/items/special', handler: 'h' },
  { method: 'POST', path: 'items/', handler: 'h' },
  { method: 'GET', path: '/', handler: 'h' },
  { method: 'BREW', path: '/bad-method', handler: 'h' },
  { method: 'GET', path: '', handler: 'h' },
  { method: 'GET', path: '/no-handler', handler: ' ' },
  'nonsense',
]);

test('what cannot be used is skipped', () => {
  expect(endpoints.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /items/:id',
    'GET /items/special',
    'POST items/',
    'GET /',
  ]);
  expect(readEndpoints(null)).toEqual([]);
});

test.each([
  ['GET', '/items/7', '/items/:id'],
  ['GET', 'items/7/', '/items/:id'],
  ['GET', '/items/special', '/items/:id'], // the first that fits wins
  ['POST', '/items', 'items/'],
  ['GET', '/', '/'],
  ['GET', '', '/'],
] as const)('%s %s meets %s', (method, path, template) => {
  expect(matchEndpoint(endpoints, method, path)?.path).toBe(template);
});

test.each([
  ['GET', '/items'],
  ['GET', '/items/7/more'],
  ['GET', '/Items/7'],
  ['GET', '/items//7'],
  ['POST', '/items/7'],
  ['DELETE', '/items/7'],
] as const)('%s %s meets none', (method, path) => {
  expect(matchEndpoint(endpoints, method, path)).toBeUndefined();
});
