import { expect, test } from 'vitest';
import { readTarget } from './request-target.js';

test.each([
  ['/id', { id: 'id', path: '/', query: {} }],
  ['/id/a/b?x=1&y=2&x=3', { id: 'id', path: '/a/b', query: { x: '3', y: '2' } }],
  ['/a.b/one%20two/%C3%BC', { id: 'a.b', path: '/one two/ü', query: {} }],
  ['/id//a//', { id: 'id', path: '//a//', query: {} }],
])('%s', (url, target) => expect(readTarget(url, false)).toEqual(target));

test('empty segments are dropped where the route drops them', () => {
  expect(readTarget('/id//a//b/', true)?.path).toBe('/a/b');
});

test.each(['/', '//a', '/id/%ff'])('%s names nothing', (url) =>
  expect(readTarget(url, false)).toBeUndefined(),
);
