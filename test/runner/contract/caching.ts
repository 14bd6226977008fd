import { describe, expect, it } from 'vitest';
import { bundleOf, bundleOfBytes } from '../../support/runner/bundles.js';
import { EXTENSION, ROUTING, subject, TENANT } from './subject.js';
import { IMMUTABLE, stored } from './ui-bundles.js';

// What a cache may keep for a year is kept for a year: nothing but a file under its hash may say so.

const UI = `tenant=${TENANT}`;

async function uiOf(hash: string, path: string, query = UI): Promise<Response> {
  return await fetch(`${subject.url}/ext-ui/${EXTENSION}/${hash}/${path}?${query}`, { redirect: 'manual' });
}

/** Every kind of answer that is no file: the status it must have, and how it is asked for. */
const OTHERS: ReadonlyArray<readonly [string, number, () => Promise<Response>]> = [
  ['health', 200, () => fetch(`${subject.url}/healthz`)],
  ['metrics', 200, () => fetch(`${subject.url}/metrics`)],
  ['an unknown path', 404, () => fetch(`${subject.url}/nothing`)],
  ['another method', 405, () => fetch(`${subject.url}/healthz`, { method: 'DELETE' })],
  ['a redirect to a page', 307, () => redirected()],
  ['a host nobody has', 404, () => fetch(`${subject.url}/`, { redirect: 'manual' })],
  ['an execution', 200, () => subject.post('/v1/execute', body('/count'))],
  ['a failed execution', 200, () => subject.post('/v1/execute', body('/throw'))],
  ['a body that is no JSON', 400, () => subject.post('/v1/execute', '{', ROUTING)],
  ['a body without its fields', 422, () => subject.post('/v1/execute', '{}', ROUTING)],
  ['a warm-up of a hash alone', 400, () => subject.post('/warmup', { content_hash: 'x' })],
  ['a hash of the wrong form', 400, () => uiOf('sha256:xyz', 'index.html')],
  ['a path of the wrong form', 400, async () => uiOf((await stored()).hash, 'a.exe')],
  ['a missing file', 404, async () => uiOf((await stored()).hash, 'missing.js')],
  ['a page in place of a route', 200, async () => uiOf((await stored()).hash, 'users/42')],
  ['a file over the limit', 413, async () => uiOf((await stored()).hash, 'assets/huge.js')],
  ['a tenant without the install', 404, async () => uiOf((await stored()).hash, 'index.html', 'tenant=x')],
  ['a missing bundle', 500, () => missing()],
  ['a broken bundle', 500, () => broken()],
  ['a bundle of another hash', 502, () => mismatched()],
];

function body(path: string): object {
  return {
    context: { tenant_id: TENANT, extension_id: EXTENSION, content_hash: subject.caller.hash },
    http: { method: 'GET', path },
    limits: { timeout_ms: 10_000 },
  };
}

async function redirected(): Promise<Response> {
  const { hash } = await stored();
  subject.byHost = { tenantId: TENANT, extensionId: EXTENSION, contentHash: hash };
  return await fetch(`${subject.url}/`, { redirect: 'manual' });
}

async function missing(): Promise<Response> {
  const hash = `sha256:${'1'.repeat(64)}`;
  subject.install({ tenantId: TENANT, extensionId: EXTENSION, contentHash: hash });
  return await uiOf(hash, 'index.html');
}

async function broken(): Promise<Response> {
  const bundle = bundleOfBytes(Buffer.from('no archive, for caches'));
  await subject.put(bundle);
  return await uiOf(bundle.hash, 'index.html');
}

async function mismatched(): Promise<Response> {
  const bundle = await bundleOf({ 'ui/index.html': 'for caches' });
  await subject.put(bundle, Buffer.from('other bytes'));
  return await uiOf(bundle.hash, 'index.html');
}

describe('for a year is kept', () => {
  it('a file under its hash', async () => {
    const { hash } = await stored();
    expect((await uiOf(hash, 'index.html')).headers.get('cache-control')).toBe(IMMUTABLE);
    expect((await uiOf(hash, 'assets/app.js')).headers.get('cache-control')).toBe(IMMUTABLE);
  });

  it.each(OTHERS)('not %s', async (_name, status, ask) => {
    if (!subject.own) return;
    const response = await ask();
    await response.arrayBuffer();
    expect(response.status).toBe(status);
    expect(response.headers.get('cache-control')).toMatch(/^(no-store|no-cache)$/);
  });
});
