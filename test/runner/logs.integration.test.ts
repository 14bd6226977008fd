import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestBundle } from '../support/runner/bundles.js';
import { buildGuest } from '../support/runner/guests.js';
import { LiveRunner } from '../support/runner/live-runner.js';
import { RedisServer } from '../support/runner/redis-server.js';
import { EXTENSION, TENANT } from '../support/runner/runner-environment.js';

/** A guest that takes its secrets everywhere. */
const TALKATIVE = `
import * as http from 'alga:extension/http';
import * as logging from 'alga:extension/logging';
import * as secrets from 'alga:extension/secrets';
import * as storage from 'alga:extension/storage';
import * as uiProxy from 'alga:extension/ui-proxy';

const attempt = (work) => { try { work(); } catch {} };

export function handler(request) {
  const key = secrets.get('api_key');
  const [target, how] = new TextDecoder().decode(request.http.body).split(' ');
  logging.logInfo('signing in with ' + key);
  logging.logError('could not sign in with ' + key);
  const headers = [{ name: 'authorization', value: 'Bearer ' + key }];
  attempt(() => http.fetch({ method: 'GET', url: target + '/?key=' + key, headers, body: undefined }));
  attempt(() => http.fetch({ method: 'GET', url: 'http://127.0.0.1:1/?key=' + key, headers, body: undefined }));
  attempt(() => storage.get('n', key));
  attempt(() => uiProxy.callRoute('/x?key=' + key, undefined));
  if (how === 'throw') throw new Error('refused: ' + key);
  return { status: 200, headers: [], body: new TextEncoder().encode(key) };
}
`;

let runner: LiveRunner;
let redis: RedisServer;
let bundle: TestBundle;

beforeAll(async () => {
  redis = new RedisServer('canary-of-another-password');
  const port = await redis.start();
  const guest = await buildGuest(TALKATIVE, 'all');
  runner = await LiveRunner.start({
    env: ({ host, folder }) => ({
      RUST_LOG: 'trace',
      ALGA_AUTH_KEY: 'canary-auth-key',
      RUNNER_SERVICE_TOKEN: 'canary-service-token',
      S3_ACCESS_KEY: 'canary-access',
      S3_SECRET_KEY: 'canary-s3-secret',
      VAULT_ADDR: host.origin,
      ALGA_VAULT_TOKEN_FILE: join(folder, 'vault-token'),
      UI_PROXY_BASE_URL: host.origin,
      EXT_EGRESS_ALLOWLIST: '127.0.0.1',
      EXT_STATIC_STRICT_VALIDATION: 'true',
      RUNNER_DEBUG_HTTP_URL: `${host.origin}/debug`,
      RUNNER_DEBUG_REDIS_URL: `redis://127.0.0.1:${port}`,
      RUNNER_DEBUG_REDIS_PASSWORD: 'canary-redis-password',
      RUNNER_STORE_ATTEMPTS: '1',
    }),
  });
  await writeFile(join(runner.folder.path, 'vault-token'), 'canary-vault-token');
  bundle = await runner.put({ 'dist/main.wasm': guest, 'ui/index.html': 'page' });
});
afterAll(async () => {
  await runner?.stop();
  await redis?.stop();
});

function lines(): Array<Record<string, unknown>> {
  return runner.process.output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const PROVIDERS = ['cap:secrets.get', 'cap:http.fetch', 'cap:storage.kv', 'cap:ui.proxy'];
const IDS = { request: 'request-1', tenant: TENANT, extension: EXTENSION };
const SECRETS = Buffer.from(JSON.stringify({ api_key: 'canary-api-key' })).toString('base64');
const INLINE = { ciphertext_b64: SECRETS, algorithm: 'inline/base64' };
const VAULT = { ciphertext_b64: 'vault:v1:canary-ciphertext', algorithm: 'vault-transit:v1', key_path: 'k' };

async function call(how: string, envelope: object, fields: object = {}): Promise<string | null> {
  const { error } = await runner.execute(bundle, '/canary-path?token=canary-query', {
    requestId: 'request-1',
    body: `${runner.host.origin} ${how}`,
    headers: { authorization: 'canary-header', cookie: 'canary-cookie' },
    fields: { providers: PROVIDERS, secret_envelope: envelope, ...fields },
  });
  return error;
}

/** Everything a runner has to do with secrets, going well and going wrong. */
async function everything(): Promise<void> {
  const { host, store, url } = runner;
  host.answer = () => ({ body: { data: { plaintext: SECRETS }, echo: 'canary-answer' } });
  expect(await call('answer', INLINE)).toBeNull();
  expect(await call('answer', VAULT)).toBeNull();
  expect(await call('throw', INLINE)).toMatch(/^execute_failed: .*refused: \[secret\]/);
  host.answer = ({ headers, body }) => ({ status: 500, body: { canary: 'canary-echo', headers, body } });
  expect(await call('answer', INLINE)).toBeNull();
  expect(await call('answer', { ...VAULT, version: '2' })).toBe('secret_decrypt_failed');
  expect(await call('answer', { ciphertext_b64: 'canary-bad!' })).toBe('secret_decrypt_failed');
  host.answer = () => 'reset';
  expect(await call('answer', { ...VAULT, version: '3' })).toBe('secret_decrypt_failed');
  expect(await call('answer', INLINE, { providers: ['cap:canary'] })).toMatch(/^unknown_capabilities/);
  store.spoil(403);
  const missing = { hash: `sha256:${'0'.repeat(64)}` };
  expect((await runner.execute(missing, '/', { requestId: 'request-1' })).error).toMatch(/403/);
  await fetch(`${url}/v1/execute`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ context: 'canary-context', secret_envelope: INLINE }),
  });
  await fetch(`${url}/v1/execute`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"canary-json',
  });
  await fetch(`${url}/`, { headers: { authorization: 'canary-page-header' } });
  host.answer = () => ({ body: { valid: true } });
  await fetch(`${url}/ext-ui/${EXTENSION}/${missing.hash}/index.html?tenant=${TENANT}&t=canary-query`, {
    headers: { 'x-request-id': 'request-1', cookie: 'canary-cookie' },
  });
  for (const hash of [bundle.hash, missing.hash]) {
    await fetch(`${url}/warmup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tenant_id: TENANT, extension_id: EXTENSION, content_hash: hash }),
    });
  }
}

describe('the logs of a runner', () => {
  it('hold no secret, whatever goes wrong', async () => {
    await everything();
    await expect.poll(() => runner.process.output).toContain('warmup failed');
    expect(redis.commands[0]).toEqual(['AUTH', 'canary-redis-password']);
    await expect.poll(() => runner.process.output).toContain('debug events cannot be delivered');
    expect(runner.process.output.split('\n').filter((line) => line.includes('canary'))).toEqual([
      // A capability nobody knows is no secret: the caller is told its name.
      expect.stringContaining('unknown_capabilities: cap:canary'),
    ]);
    expect(runner.process.output).not.toContain(SECRETS);
    expect(runner.process.output).not.toContain('X-Amz-');
  });

  it('are JSON lines; those about a request have its ids', () => {
    const about = (msg: string): Array<Record<string, unknown>> => lines().filter((line) => line.msg === msg);
    const ids = { ...IDS, hash: bundle.hash };
    expect(about('execute')[0]).toMatchObject({ ...ids, level: 'info', status: 200, ms: expect.any(Number) });
    expect(about('execute')[2]).toMatchObject({ ...ids, status: 500, error: expect.any(String) });
    expect(about('signing in with [secret]')[0]).toMatchObject({ ...ids, level: 'info', target: 'ext' });
    expect(about('could not sign in with [secret]')[0]).toMatchObject({ ...ids, level: 'error' });
    const missing = { hash: `sha256:${'0'.repeat(64)}`, error: expect.any(String) };
    expect(about('ui')[0]).toMatchObject({ ...IDS, ...missing, level: 'warn' });
    const { request: _request, ...installed } = IDS;
    expect(about('warmup')[0]).toMatchObject({ ...installed, hash: bundle.hash });
    expect(about('warmup failed')[0]).toMatchObject({ ...installed, ...missing });
    for (const line of lines()) {
      expect(line).toMatchObject({
        level: expect.stringMatching(/^(trace|debug|info|warn|error)$/),
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        service: 'alga-runner',
        msg: expect.any(String),
      });
    }
  });
});
