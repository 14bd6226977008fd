import { describe, expect, test } from 'vitest';
import type { HostFunction } from './host-calls.js';
import { subject } from './subject.js';

const FETCH: HostFunction = ['http', 'fetch'];
const GRANTS = { grants: ['cap:http.fetch'] };

function fetched(request: object): Promise<unknown> {
  return subject.hostCall(FETCH, [{ method: 'GET', headers: [], ...request }], GRANTS);
}

describe('http.fetch', () => {
  test('sends method, headers and body, and gives status, headers and body back', async () => {
    subject.host.answer = () => ({ status: 201, headers: { 'x-answer': 'yes' }, body: 'back' });
    const answer = await fetched({
      method: 'PUT',
      url: `${subject.host.origin}/x?q=1`,
      headers: [{ name: 'x-mine', value: 'yes' }],
      body: { $bytes: 'there' },
    });
    expect(answer).toMatchObject({
      ok: {
        status: 201,
        headers: expect.arrayContaining([{ name: 'x-answer', value: 'yes' }]),
        body: { $bytes: 'back' },
      },
    });
    expect(subject.host.take()).toMatchObject([
      { method: 'PUT', url: '/x?q=1', body: 'there', headers: { 'x-mine': 'yes' } },
    ]);
  });

  test('gives a redirect to the guest, and a body in any case', async () => {
    subject.host.answer = () => ({ status: 302, headers: { location: '/elsewhere' } });
    expect(await fetched({ url: subject.host.origin })).toMatchObject({
      ok: { status: 302, body: { $bytes: '' } },
    });
    expect(subject.host.take()).toHaveLength(1);
  });

  test('reaches listed hosts only', async () => {
    expect(await fetched({ url: 'http://elsewhere.test/' })).toEqual({ thrown: 'not-allowed' });
    expect(await fetched({ url: `http://localhost:${new URL(subject.host.origin).port}/` })).toEqual({
      thrown: 'not-allowed',
    });
    expect(await fetched({ url: 'no address' })).toEqual({ thrown: 'invalid-url' });
    expect(subject.host.take()).toEqual([]);
  });

  test('tells a broken connection', async () => {
    subject.host.answer = () => 'reset';
    expect(await fetched({ url: subject.host.origin })).toEqual({ thrown: 'transport' });
  });
});
