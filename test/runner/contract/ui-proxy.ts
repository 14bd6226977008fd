import { describe, expect, test } from 'vitest';
import { answered, type HostFunction } from './host-calls.js';
import { subject } from './subject.js';

describe('ui-proxy', () => {
  const callRoute: HostFunction = ['ui-proxy', 'callRoute'];
  const grants = { grants: ['cap:ui.proxy'] };
  const envelope = (values: object): object => ({
    secretEnvelope: { ciphertextB64: Buffer.from(JSON.stringify(values)).toString('base64') },
  });

  test('GET without a payload, POST of JSON with one; headers say who asks', async () => {
    const user = {
      userId: 'u',
      userEmail: 'u@example.com',
      userName: 'n',
      userType: 'internal',
      clientName: '',
      additionalFields: {},
    };
    const answer = { body: 'the bytes' };
    const overrides = { ...grants, user, ...envelope({ api_key: 'k3y', other: 'x' }) };
    expect(await answered(callRoute, ['/a b//c?q=1&r=%2F'], answer, overrides)).toEqual({
      ok: { $bytes: 'the bytes' },
    });
    const payload = { $bytes: '{"p":1}' };
    await answered(callRoute, [' api/v1/things ', payload], answer, { ...grants, requestId: undefined });
    const [get, post] = subject.host.take();
    expect(get).toMatchObject({
      method: 'GET',
      url: '/proxy/base/extension-1/a%20b/c?q=1&r=%2F',
      body: '',
      headers: {
        'x-request-id': 'request-1',
        'x-alga-tenant': 'tenant-1',
        'x-alga-extension': 'extension-1',
        'x-ext-install-id': 'install-1',
        'x-ext-version-id': 'version-1',
        'x-api-key': 'k3y',
        'x-user-id': 'u',
        'x-user-email': 'u@example.com',
      },
    });
    expect(get?.headers).not.toHaveProperty('content-type');
    expect(post).toMatchObject({
      method: 'POST',
      url: '/proxy/base/api/v1/things',
      body: '{"p":1}',
      headers: { 'x-request-id': 'ui-proxy-call', 'content-type': 'application/json' },
    });
    expect(post?.headers).not.toHaveProperty('x-api-key');
    expect(post?.headers).not.toHaveProperty('x-user-id');
  });

  test('routes cannot climb, not even encoded', async () => {
    for (const route of ['', '  ', '/a/../b', '..', './x']) {
      expect(await subject.hostCall(callRoute, [route], grants)).toEqual({ thrown: 'bad-request' });
    }
    expect(subject.host.take()).toEqual([]);
    await answered(callRoute, ['/%2e%2e/secret'], { body: 'x' }, grants);
    expect(subject.host.take()[0]?.url).toBe('/proxy/base/extension-1/%252e%252e/secret');
  });

  test.each([
    [400, 'bad-request'],
    [401, 'denied'],
    [403, 'denied'],
    [404, 'route-not-found'],
    [409, 'bad-request'],
    [418, 'bad-request'],
    [429, 'denied'],
    [500, 'internal'],
  ])('a status of %i is the error %s', async (status, error) => {
    expect(await answered(callRoute, ['/r'], { status }, grants)).toEqual({ thrown: error });
  });

  test('no answer in time, none at all, or no proxy', async () => {
    expect(await answered(callRoute, ['/r'], 'hang', grants)).toEqual({ thrown: 'internal' });
    expect(await answered(callRoute, ['/r'], 'reset', grants)).toEqual({ thrown: 'internal' });
  });
});
