import { describe, expect, test } from 'vitest';
import { ScriptedServer } from '../capabilities-support.js';
import { answered, bodyOf, type HostFunction } from './host-calls.js';
import { subject, TOKEN } from './subject.js';

describe('storage', () => {
  const grants = { grants: ['cap:storage.kv'] };
  const get: HostFunction = ['storage', 'get'];
  const base64 = (text: string): string => Buffer.from(text).toString('base64');

  test('get: request, and every way a value can be stored', async () => {
    const stored = (value: unknown, metadata?: object): Promise<unknown> =>
      answered(get, ['n', 'k'], { body: { namespace: 'n', key: 'k', value, metadata, revision: 7 } }, grants);
    const entry = (text: string): object => ({
      ok: { namespace: 'n', key: 'k', value: { $bytes: text }, revision: { $big: '7' } },
    });
    expect(await stored(base64('hällo'), { encoding: 'base64-bytes' })).toEqual(entry('hällo'));
    const [call] = subject.host.take();
    expect(call).toMatchObject({
      method: 'POST',
      url: '/api/internal/ext-storage/install/install-1',
      headers: { 'content-type': 'application/json', 'x-runner-auth': TOKEN },
    });
    expect(bodyOf(call)).toEqual({ operation: 'get', namespace: 'n', key: 'k' });
    expect(await stored('not base64!', { encoding: 'base64-bytes' })).toEqual({ thrown: 'internal' });
    expect(await stored({ _bytes_b64: base64('in an object') })).toEqual(entry('in an object'));
    expect(await stored(base64('looks like it'))).toEqual(entry('looks like it'));
    expect(await stored('plain text')).toEqual(entry('plain text'));
    expect(await stored({ a: [1, null] })).toEqual(entry('{"a":[1,null]}'));
    expect(await stored(null)).toEqual(entry('null'));
  });

  test('the host is told which request a call belongs to, if the id can be told', async () => {
    if (!subject.own) return;
    for (const requestId of ['request-1', undefined, 'two\nlines', 'ä']) {
      await answered(get, ['n', 'k'], {}, { ...grants, requestId });
    }
    const ids = subject.host.take().map(({ headers }) => headers['x-request-id']);
    expect(ids).toEqual(['request-1', undefined, undefined, undefined]);
  });

  test('put: bytes as base64, the revision only when the guest gives one', async () => {
    const put: HostFunction = ['storage', 'put'];
    const entry = { namespace: 'n', key: 'k', value: { $bytes: 'vä' } };
    expect(await answered(put, [entry], { body: { revision: 3 } }, grants)).toEqual({
      ok: { ...entry, revision: { $big: '3' } },
    });
    const withRevision = { ...entry, revision: { $big: '2' } };
    expect(await answered(put, [withRevision], { status: 409 }, grants)).toEqual({ thrown: 'conflict' });
    expect(subject.host.take().map(bodyOf)).toEqual([
      {
        operation: 'put',
        namespace: 'n',
        key: 'k',
        value: base64('vä'),
        metadata: { encoding: 'base64-bytes' },
      },
      {
        operation: 'put',
        namespace: 'n',
        key: 'k',
        value: base64('vä'),
        metadata: { encoding: 'base64-bytes' },
        ifRevision: 2,
      },
    ]);
  });

  test('delete: nothing deleted is a conflict', async () => {
    const remove: HostFunction = ['storage', 'delete'];
    expect(await answered(remove, ['n', 'k'], { body: { success: true } }, grants)).toEqual({ ok: null });
    expect(await answered(remove, ['n', 'k'], { body: '' }, grants)).toEqual({ ok: null });
    expect(await answered(remove, ['n', 'k'], { body: { success: false } }, grants)).toEqual({
      thrown: 'conflict',
    });
  });

  test('list: cursor passed on, items without names are an internal error', async () => {
    const list: HostFunction = ['storage', 'listEntries'];
    const item = { namespace: 'n', key: 'k', value: base64('v'), revision: 1 };
    const body = { items: [item], nextCursor: 'more' };
    expect(await answered(list, ['n', 'c'], { body }, grants)).toEqual({
      ok: [{ namespace: 'n', key: 'k', value: { $bytes: 'v' }, revision: { $big: '1' } }],
    });
    expect(await answered(list, ['n'], { body: { items: [{ value: 'v' }] } }, grants)).toEqual({
      thrown: 'internal',
    });
    expect(subject.host.take().map(bodyOf)).toEqual([
      { operation: 'list', namespace: 'n', includeValues: true, includeMetadata: true, cursor: 'c' },
      { operation: 'list', namespace: 'n', includeValues: true, includeMetadata: true },
    ]);
  });

  test('an answer beyond its bounds is an internal error', async () => {
    if (!subject.own) return;
    const body = Buffer.alloc(2 * 1024 * 1024, ' ');
    expect(await answered(get, ['n', 'k'], { body }, grants)).toEqual({ thrown: 'internal' });
  });

  test.each([
    [{ status: 400 }, 'internal'],
    [{ status: 401 }, 'denied'],
    [{ status: 403 }, 'denied'],
    [{ status: 404 }, 'missing'],
    [{ status: 409 }, 'conflict'],
    [{ status: 429 }, 'denied'],
    [{ status: 418 }, 'internal'],
    [{ status: 500 }, 'internal'],
    [{ body: 'no json' }, 'internal'],
    ['reset', 'internal'],
    ['hang', 'internal'],
  ] as const)('an answer of %j is the error %s', async (answer, error) => {
    expect(await answered(get, ['n', 'k'], answer, grants)).toEqual({ thrown: error });
  });

  test('a redirect is followed, the token only to the same origin', async () => {
    const other = await ScriptedServer.start();
    other.answer = () => ({ body: { value: 'elsewhere' } });
    subject.host.answer = (call) => {
      if (call.url.startsWith('/here')) return { body: { value: 'plain here' } };
      return {
        status: 307,
        headers: { location: call.body.includes('away') ? `${other.origin}/x` : '/here' },
      };
    };
    expect(await subject.hostCall(get, ['n', 'k'], grants)).toMatchObject({
      ok: { value: { $bytes: 'plain here' } },
    });
    expect(subject.host.take()[1]).toMatchObject({ method: 'POST', headers: { 'x-runner-auth': TOKEN } });
    await subject.hostCall(get, ['n', 'away'], grants);
    expect(other.take()[0]?.headers).not.toHaveProperty('x-runner-auth');
    await other.stop();
  });

  test('the deadline of the call bounds the host call too', async () => {
    subject.host.answer = () => 'hang';
    const body = JSON.stringify({ call: get, args: ['n', 'k'] });
    const outcome = await subject.execute('/call', { ...grants, body, timeoutMs: 200 });
    expect([outcome.status, outcome.error?.split(':')[0]]).toEqual([500, 'execute_failed']);
    if (!subject.own) return;
    expect(outcome.error).toBe(
      'execute_failed: the handler did not answer within 200 ms (it was waiting for storage.get)',
    );
  });
});
