import { describe, expect, test } from 'vitest';
import type { SecretEnvelope } from '../../../runner/src/executable.js';
import { subject } from './subject.js';

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');

async function get(key: string, secretEnvelope: SecretEnvelope | undefined): Promise<unknown> {
  const envelope = secretEnvelope === undefined ? {} : { secretEnvelope };
  return await subject.hostCall(['secrets', 'get'], [key], { grants: ['cap:secrets.get'], ...envelope });
}

async function keys(secretEnvelope: SecretEnvelope): Promise<unknown> {
  return await subject.hostCall(['secrets', 'listKeys'], [], { grants: ['cap:secrets.get'], secretEnvelope });
}

describe('inline envelopes', () => {
  const inline = { ciphertextB64: base64({ key: 'välue', other: '' }) };

  test('give their values and key names', async () => {
    expect(await get('key', inline)).toEqual({ ok: 'välue' });
    expect(await get('other', { ...inline, algorithm: 'inline/base64' })).toEqual({ ok: '' });
    expect(await get('key', { ...inline, algorithm: 'something-else' })).toEqual({ ok: 'välue' });
    expect(await keys(inline)).toEqual({ ok: ['key', 'other'] });
  });

  test('no envelope, a blank one, or an unknown key: missing', async () => {
    expect(await get('key', undefined)).toEqual({ thrown: 'missing' });
    expect(await get('key', { ciphertextB64: '  ', algorithm: 'vault-transit:v1' })).toEqual({
      thrown: 'missing',
    });
    expect(await get('nope', inline)).toEqual({ thrown: 'missing' });
  });

  test('are closed after their expiry', async () => {
    const expired = { ...inline, expiresAt: new Date(Date.now() - 1000).toISOString() };
    expect(await get('key', expired)).toEqual({ thrown: 'expired' });
    expect(await keys(expired)).toEqual({ ok: [] });
    const valid = { ...inline, expiresAt: new Date(Date.now() + 60_000).toISOString() };
    expect(await get('key', valid)).toEqual({ ok: 'välue' });
    expect(await get('key', { ...inline, expiresAt: 'some day' })).toEqual({ ok: 'välue' });
  });

  test.each([
    ['no base64', '%%%'],
    ['no JSON', Buffer.from('{').toString('base64')],
    ['no object of texts', base64({ key: 1 })],
    ['an array', base64(['a'])],
  ])('that are %s end the call before the guest runs', async (_, ciphertextB64) => {
    const outcome = await subject.execute('/echo', { secretEnvelope: { ciphertextB64 } });
    expect(outcome).toEqual({ status: 500, headers: {}, body_b64: null, error: 'secret_decrypt_failed' });
  });
});

describe('Vault transit envelopes', () => {
  const sealed: SecretEnvelope = {
    ciphertextB64: 'vault:v1:abc',
    algorithm: ' Vault-Transit:v1',
    keyPath: 'tenants/t1',
  };

  test('are opened by Vault, once for a while', async () => {
    subject.host.answer = () => ({ body: { data: { plaintext: base64({ key: 'from vault' }) } } });
    expect(await get('key', sealed)).toEqual({ ok: 'from vault' });
    expect(await get('key', sealed)).toEqual({ ok: 'from vault' });
    const calls = subject.host.take();
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({
      method: 'POST',
      url: '/v1/transit/decrypt/tenants/t1',
      body: JSON.stringify({ ciphertext: 'vault:v1:abc' }),
      headers: { 'x-vault-token': 'vault-token', 'x-vault-namespace': 'team' },
    });
  });

  test('another tenant, version or text is another envelope; a mount may be named', async () => {
    subject.host.answer = () => ({ body: { data: { plaintext: base64({ key: 'v' }) } } });
    await subject.execute('/echo', { secretEnvelope: sealed, tenantId: 'tenant-2' });
    await subject.execute('/echo', { secretEnvelope: { ...sealed, version: '2' } });
    await subject.execute('/echo', { secretEnvelope: { ...sealed, mount: 'other' } });
    expect(subject.host.take().map((call) => call.url)).toEqual([
      '/v1/transit/decrypt/tenants/t1',
      '/v1/transit/decrypt/tenants/t1',
      '/v1/other/decrypt/tenants/t1',
    ]);
  });

  test.each([
    ['refuses', { status: 403, body: { errors: ['denied'] } }, sealed],
    ['answers something else', { body: { data: {} } }, sealed],
    ['does not answer', 'hang', sealed],
    ['is not told the key', {}, { ...sealed, keyPath: undefined }],
  ] as const)('when Vault %s the call fails', async (_, answer, envelope) => {
    subject.host.answer = () => answer;
    const { keyPath, ...rest } = { ...envelope, version: String(Math.random()) };
    const secretEnvelope = { ...rest, ...(keyPath !== undefined && { keyPath }) };
    expect(await subject.execute('/echo', { secretEnvelope })).toMatchObject({
      status: 500,
      error: 'secret_decrypt_failed',
    });
  });
});
