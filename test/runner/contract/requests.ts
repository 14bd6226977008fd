import { describe, expect, it } from 'vitest';
import type { ExecuteWireRequest } from '../../../runner/src/published/wire.js';
import { EXTENSION, ROUTING, subject, TENANT } from './subject.js';

function request(http: object = {}): ExecuteWireRequest {
  return {
    context: { tenant_id: TENANT, extension_id: EXTENSION, content_hash: subject.caller.hash },
    http: { method: 'GET', path: '/count', ...http },
    limits: { timeout_ms: 10_000 },
  };
}

describe('a request that is not understood', () => {
  const context = { tenant_id: 't', extension_id: 'e', content_hash: 'sha256:00' };
  const http = { method: 'GET', path: '/' };
  const user = { user_id: 'u', user_email: 'e', user_name: 'n', user_type: 'client' };

  it.each([
    ['no content type', 415, {}, { 'content-type': '' }],
    ['a form', 415, 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['text', 415, '{}', { 'content-type': 'text/json' }],
    ['an empty body', 400, ''],
    ['broken JSON', 400, '{"context":'],
    ['bytes that are not UTF-8', 400, '{"a":"\xff"}'],
    ['no context', 422, { http }],
    ['no http', 422, { context }],
    ['a list', 422, '[]'],
    ['no tenant', 422, { context: { ...context, tenant_id: undefined }, http }],
    ['a null tenant', 422, { context: { ...context, tenant_id: null }, http }],
    ['no hash', 422, { context: { ...context, content_hash: undefined }, http }],
    ['a number in config', 422, { context: { ...context, config: { a: 1 } }, http }],
    ['a null config', 422, { context: { ...context, config: null }, http }],
    ['a null query', 422, { context, http: { ...http, query: null } }],
    ['a list of headers', 422, { context, http: { ...http, headers: [] } }],
    ['no method', 422, { context, http: { path: '/' } }],
    ['a null path', 422, { context, http: { method: 'GET', path: null } }],
    ['a timeout that is text', 422, { context, http, limits: { timeout_ms: '5' } }],
    ['a negative timeout', 422, { context, http, limits: { timeout_ms: -1 } }],
    ['a broken memory limit', 422, { context, http, limits: { memory_mb: 1.5 } }],
    ['null limits', 422, { context, http, limits: null }],
    ['null providers', 422, { context, http, providers: null }],
    ['a number as provider', 422, { context, http, providers: [1] }],
    ['an envelope without ciphertext', 422, { context, http, secret_envelope: {} }],
    ['a user without type', 422, { context, http, user: { ...user, user_type: undefined } }],
    [
      'both names of the client',
      422,
      { context, http, user: { ...user, client_name: 'a', company_name: 'b' } },
    ],
    ['a null client name', 422, { context, http, user: { ...user, client_name: null } }],
  ] as ReadonlyArray<[string, number, string | object, Record<string, string>?]>)(
    '%s is a %i with a text',
    async (_name, status, body, headers = {}) => {
      const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body), 'latin1');
      const response = await fetch(`${subject.url}/v1/execute`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...ROUTING, ...headers },
        body: bytes,
      });
      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
      if (subject.own) expect(response.headers.get('cache-control')).toBe('no-store');
      expect((await response.text()).length).toBeGreaterThan(5);
    },
  );

  it.each(['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/vnd.alga+json'])(
    'is not one of type %s',
    async (type) => {
      expect(
        (await subject.post('/v1/execute', request(), { ...ROUTING, 'content-type': type })).status,
      ).toBe(200);
    },
  );

  it('over two mebibytes is a 413, and the connection serves on', async () => {
    const big = request({ body_b64: 'A'.repeat(2 * 1024 * 1024) });
    expect((await subject.post('/v1/execute', big)).status).toBe(413);
    const stream = new ReadableStream({
      start(controller) {
        for (let sent = 0; sent < 3; sent += 1) controller.enqueue(new Uint8Array(1024 * 1024).fill(32));
        controller.close();
      },
    });
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: stream,
      duplex: 'half',
    };
    expect((await fetch(`${subject.url}/v1/execute`, init as RequestInit)).status).toBe(413);
    expect((await subject.execute('/count')).status).toBe(200);
  });

  it('does not repeat values, which may be secrets', async () => {
    const response = await subject.post('/v1/execute', {
      ...request(),
      secret_envelope: { ciphertext_b64: ['hunter2'] },
    });
    expect(await response.text()).not.toContain('hunter2');
  });
});
