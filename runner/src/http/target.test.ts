import { expect, it } from 'vitest';
import { decodePath, parseTarget } from './target.js';

it.each([
  ['/', { path: '/', query: '' }],
  ['/a/../b?x=1?y', { path: '/a/../b', query: 'x=1?y' }],
  ['http://host:1/a?b', { path: '/a', query: 'b' }],
  ['HTTPS://host', { path: '/', query: '' }],
  ['http://host?x', { path: '/', query: 'x' }],
  ['//host/a', { path: '//host/a', query: '' }],
  ['*', undefined],
  ['host:443', undefined],
  ['ftp://host/', undefined],
])('%s', (target, parsed) => {
  expect(parseTarget(target)).toEqual(parsed);
});

it.each([
  ['a%20b', 'a b'],
  ['%252e', '%2e'],
  ['100%', '100%'],
  ['%zz%41', '%zzA'],
  ['%ff', undefined],
])('decodes %s once', (path, decoded) => {
  expect(decodePath(path)).toBe(decoded);
});
