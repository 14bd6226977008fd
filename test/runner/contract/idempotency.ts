import { beforeAll, describe, expect, it } from 'vitest';
import type { ExecuteWireAnswer } from '../../../runner/src/published/wire.js';
import { bundleOf, type TestBundle } from '../../support/runner/bundles.js';
import { BEHAVIOURS, buildGuest } from '../../support/runner/guests.js';
import { EXTENSION, ROUTING, subject, TENANT, textOf } from './subject.js';
import { wireRequest } from './wire-request.js';

let bundle: TestBundle;
let made = 0;

/** Calls with a key; gives the path that the answering guest saw, which is not this one's in a replay. */
async function call(key: string, path: string, over: Record<string, string> = {}): Promise<string> {
  const response = await subject.post('/v1/execute', wireRequest(path, { contentHash: bundle.hash }), {
    ...ROUTING,
    ...over,
    'x-idempotency-key': key,
  });
  const answer = (await response.json()) as ExecuteWireAnswer;
  if (answer.error !== null) return answer.error;
  return String(JSON.parse(textOf(answer)).url);
}

function newKey(): string {
  made += 1;
  return `key-${Date.now()}-${made}`;
}

describe('an idempotency key', () => {
  beforeAll(async () => {
    bundle = await bundleOf({ 'manifest.json': 'keys', 'dist/main.wasm': await buildGuest(BEHAVIOURS) });
    await subject.put(bundle);
    await subject.put(bundle, bundle.bytes, 'tenant-2');
  });

  it('gives a repeated call the first answer, whatever it asks for', async () => {
    const key = newKey();
    expect(await call(key, '/echo?n=1')).toBe('/echo?n=1');
    expect(await call(key, '/echo?n=2')).toBe('/echo?n=1');
    expect(await call(newKey(), '/echo?n=3')).toBe('/echo?n=3');
  });

  it('does not keep what the runner refused', async () => {
    const key = newKey();
    expect(await call(key, '/throw')).toMatch(/^execute_failed/);
    expect(await call(key, '/echo?n=1')).toBe('/echo?n=1');
  });

  it('is another one for another tenant, and for another extension', async () => {
    if (!subject.own) return;
    const key = newKey();
    expect(await call(key, '/echo?n=1')).toBe('/echo?n=1');
    expect(await call(key, '/echo?n=2', { 'x-alga-tenant': 'tenant-2' })).toBe('/echo?n=2');
    // What is in the cache answers for any extension that names it.
    expect(await call(key, '/echo?n=3', { 'x-alga-extension': `${EXTENSION}-2` })).toBe('/echo?n=3');
    expect(await call(key, '/echo?n=4', { 'x-alga-tenant': TENANT })).toBe('/echo?n=1');
  });

  it('of calls at the same time runs one of them', async () => {
    if (!subject.own) return;
    const key = newKey();
    const calls = Array.from({ length: 5 }, (_, n) => call(key, `/echo?n=${n}`));
    expect(new Set(await Promise.all(calls)).size).toBe(1);
  });
});
