import { beforeAll, describe, expect, it } from 'vitest';
import type { ExecuteWireAnswer } from '../../../runner/src/published/wire.js';
import { bundleOf, type TestBundle } from '../../support/runner/bundles.js';
import { BEHAVIOURS, buildGuest } from '../../support/runner/guests.js';
import { EXTENSION, ROUTING, subject, TENANT, textOf } from './subject.js';

const INSTALL = 'install-1';

let bundle: TestBundle;

interface Call {
  readonly path: string;
  readonly http?: object;
  readonly context?: object;
  readonly limits?: object;
  readonly headers?: Record<string, string>;
  readonly fields?: object;
}

async function execute(call: Call): Promise<ExecuteWireAnswer & { ms: number }> {
  const began = performance.now();
  const response = await fetch(`${subject.url}/v1/execute`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(call.headers ?? ROUTING) },
    body: JSON.stringify({
      context: {
        tenant_id: TENANT,
        extension_id: EXTENSION,
        install_id: INSTALL,
        content_hash: bundle.hash,
        ...call.context,
      },
      http: { method: 'GET', path: call.path, ...call.http },
      limits: call.limits ?? { timeout_ms: 10_000 },
      ...call.fields,
    }),
  });
  expect(response.status).toBe(200);
  const answered = (await response.json()) as ExecuteWireAnswer;
  expect(Object.keys(answered).sort()).toEqual(['body_b64', 'error', 'headers', 'status']);
  return { ...answered, ms: performance.now() - began };
}

describe('execute', () => {
  beforeAll(async () => {
    bundle = await bundleOf({ 'manifest.json': '{}', 'dist/main.wasm': await buildGuest(BEHAVIOURS) });
    await subject.put(bundle);
  });

  it('hands the request to the guest and its answer to the caller', async () => {
    const answered = await execute({
      path: '/echo',
      context: { request_id: 'r-1', version_id: 'v-1' },
      http: {
        method: 'POST',
        query: { q: 'a b' },
        headers: { Accept: 'text/plain' },
        body_b64: Buffer.from('hällo').toString('base64'),
      },
    });
    expect(answered).toMatchObject({
      status: 200,
      error: null,
      headers: { 'Content-Type': 'application/json' },
    });
    expect(JSON.parse(textOf(answered))).toEqual({
      context: {
        requestId: 'r-1',
        tenantId: TENANT,
        extensionId: EXTENSION,
        installId: INSTALL,
        versionId: 'v-1',
      },
      method: 'POST',
      url: '/echo?q=a+b',
      headers: [{ name: 'Accept', value: 'text/plain' }],
      body: 'hällo',
    });
  });

  it.each([200, 201, 302, 404, 418, 500, 503])('lets the guest answer %i', async (status) => {
    expect(await execute({ path: '/status', http: { query: { code: String(status) } } })).toMatchObject({
      status,
      error: null,
    });
  });

  it('tells an empty body from none', async () => {
    expect((await execute({ path: '/none' })).body_b64).toBeNull();
    expect((await execute({ path: '/empty' })).body_b64).toBe('');
    expect(JSON.parse(textOf(await execute({ path: '/echo' }))).body).toBeNull();
    expect(JSON.parse(textOf(await execute({ path: '/echo', http: { body_b64: '' } }))).body).toBe('');
  });

  it('keeps the last of repeated header names, and their case', async () => {
    expect((await execute({ path: '/twice' })).headers).toEqual({ 'X-A': '2', 'x-a': '3' });
  });

  it('gives every request a fresh instance', async () => {
    expect([textOf(await execute({ path: '/count' })), textOf(await execute({ path: '/count' }))]).toEqual([
      '1',
      '1',
    ]);
  });

  it.each(['/throw', '/reject', '/wrong', '/recurse'])(
    'answers execute_failed when the guest traps: %s',
    async (path) => {
      const failed = await execute({ path });
      expect(failed).toMatchObject({ status: 500, headers: {}, body_b64: null });
      expect(failed.error).toMatch(/^execute_failed: /);
      expect(await execute({ path: '/count' })).toMatchObject({ status: 200, error: null });
    },
  );

  it('ends an endless loop at its deadline, and serves the next request at once', async () => {
    const failed = await execute({ path: '/loop', limits: { timeout_ms: 300 } });
    expect([failed.status, failed.error?.split(':')[0]]).toEqual([500, 'execute_failed']);
    expect(failed.ms).toBeLessThan(3000);
    const next = await execute({ path: '/count' });
    expect([next.status, next.ms < 2000]).toEqual([200, true]);
  });

  it('ends an endless allocation at its limit, and serves the next request', async () => {
    const failed = await execute({ path: '/allocate', limits: { timeout_ms: 10_000, memory_mb: 64 } });
    expect([failed.status, failed.error?.split(':')[0]]).toEqual([500, 'execute_failed']);
    expect(failed.ms).toBeLessThan(9000);
    expect((await execute({ path: '/count' })).status).toBe(200);
  });

  it('refuses a component that needs more memory than it may have', async () => {
    const failed = await execute({ path: '/count', limits: { timeout_ms: 5000, memory_mb: 1 } });
    expect([failed.status, failed.error?.split(':')[0]]).toEqual([500, 'execute_failed']);
  });

  it('refuses an answer without bounds', async () => {
    if (!subject.own) return;
    const failed = await execute({ path: '/huge' });
    expect([failed.status, failed.error?.split(':')[0]]).toEqual([500, 'execute_failed']);
    expect((await execute({ path: '/count' })).status).toBe(200);
  });

  it('has a deadline for who sends none', async () => {
    if (!subject.own) return;
    expect(await execute({ path: '/count', limits: { timeout_ms: null, memory_mb: null } })).toMatchObject({
      status: 200,
    });
    expect(await execute({ path: '/count', limits: {} })).toMatchObject({ status: 200 });
  });

  it.each([
    ['no component', Buffer.from('not wasm')],
    ['an empty file', Buffer.alloc(0)],
    ['a core module', Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])],
    ['an empty component', Buffer.from([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0])],
  ])('answers execute_failed for %s', async (_name, wasm) => {
    const broken = await bundleOf({ 'dist/main.wasm': wasm, 'manifest.json': _name });
    await subject.put(broken);
    const failed = await execute({ path: '/', context: { content_hash: broken.hash } });
    expect([failed.status, failed.error?.split(':')[0]]).toEqual([500, 'execute_failed']);
  });

  it('answers 400 missing_routing_headers', async () => {
    const refused = await execute({ path: '/count', headers: { 'x-alga-tenant': TENANT } });
    expect(refused).toMatchObject({
      status: 400,
      headers: {},
      body_b64: null,
      error: 'missing_routing_headers',
    });
  });

  it('answers 502 bundle_fetch_failed, for a missing object and for wrong bytes', async () => {
    const missing = await execute({ path: '/', context: { content_hash: `sha256:${'0'.repeat(64)}` } });
    expect([missing.status, missing.error?.split(':')[0]]).toEqual([502, 'bundle_fetch_failed']);
    const other = await bundleOf({ 'dist/main.wasm': 'other' });
    await subject.put(other, bundle.bytes);
    const mismatch = await execute({ path: '/', context: { content_hash: other.hash } });
    expect(mismatch.status).toBe(502);
    expect(mismatch.error).toContain(`archive hash mismatch: expected ${other.hex}, got ${bundle.hex}`);
  });

  it('answers 400 unknown_capabilities', async () => {
    const refused = await execute({
      path: '/count',
      fields: { providers: ['cap:storage.kv', 'cap:unheard.of'] },
    });
    expect([refused.status, refused.error]).toEqual([400, 'unknown_capabilities: cap:unheard.of']);
  });

  it.each([
    ['not base64', '!!'],
    ['not JSON', Buffer.from('text').toString('base64')],
    ['not an object of texts', Buffer.from('{"a":1}').toString('base64')],
  ])('answers 500 secret_decrypt_failed for an envelope that is %s', async (_name, ciphertext) => {
    const refused = await execute({
      path: '/count',
      fields: {
        secret_envelope: { ciphertext_b64: ciphertext, algorithm: 'inline/base64' },
        providers: ['cap:secrets.get'],
      },
    });
    expect([refused.status, refused.error]).toEqual([500, 'secret_decrypt_failed']);
  });

  it('answers 500 execute_failed for a body that is not base64', async () => {
    const refused = await execute({ path: '/count', http: { body_b64: '***' } });
    expect([refused.status, refused.error?.split(':')[0]]).toEqual([500, 'execute_failed']);
  });

  it('replays the answer of a repeated key', async () => {
    const headers = { ...ROUTING, 'x-idempotency-key': `key-${bundle.hex}` };
    const first = await execute({ path: '/status', http: { query: { code: '201' } }, headers });
    const second = await execute({ path: '/count', headers });
    expect({ ...second, ms: 0 }).toEqual({ ...first, ms: 0 });
  });
});
