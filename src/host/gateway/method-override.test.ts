import { expect, test } from 'vitest';
import { applyMethodOverride, type Call } from './method-override.js';

const post = (body: string | undefined, query: Record<string, string> = {}): Call => ({
  method: 'POST',
  query,
  body: body === undefined ? undefined : Buffer.from(body),
});
const result = (call: Call): [string, Record<string, string>, string | undefined] => {
  const { method, query, body } = applyMethodOverride(call);
  return [method, { ...query }, body?.toString()];
};

test.each([
  [
    'the query, first',
    post('{"__method":"PUT"}', { __method: 'delete', a: '1' }),
    ['DELETE', { a: '1' }, '{"__method":"PUT"}'],
  ],
  ['a query that asks for GET drops the body', post('x', { __method: 'GET' }), ['GET', {}, undefined]],
  ['the body', post('{"__method":"PATCH","a":[1]}'), ['PATCH', {}, '{"a":[1]}']],
  ['a body that asks for GET', post('{"__method":"GET","a":1}'), ['GET', {}, undefined]],
  ['a body that holds nothing else', post('{"__method":"PUT"}'), ['PUT', {}, undefined]],
] as const)('%s', (_name, call, expected) => expect(result(call)).toEqual(expected));

test.each([
  ['another method than POST', { ...post('{"__method":"GET"}'), method: 'PUT' }],
  ['a value that is no method', post('{"__method":"BREW"}', { __method: '' })],
  ['a value that is no text', post('{"__method":1}')],
  ['a body that is no object', post('["__method"]')],
  ['a body that is no JSON', post('__method=PUT')],
  ['no body', post(undefined)],
])('%s changes nothing', (_name, call) => expect(applyMethodOverride(call)).toEqual(call));
