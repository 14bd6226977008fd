import { describe, expect, it } from 'vitest';
import { AUTH_KEY, EXTENSION, subject, TENANT } from './subject.js';
import { expectCaching, newBundle } from './ui-bundles.js';

describe('the tenant', () => {
  it('comes from the query, else the header, else the page, else the host', async () => {
    const bundle = await newBundle();
    subject.byHost = { tenantId: TENANT, extensionId: EXTENSION, contentHash: bundle.hash };
    // By host, before anybody named a tenant.
    expect((await subject.ui(bundle, 'index.html')).status).toBe(200);
    const [lookup] = subject.host.take();
    const asked = new URL(lookup?.url ?? '', 'http://host').searchParams;
    expect(asked.get('host')).toBe(new URL(subject.url).hostname);
    expect(lookup?.headers['x-api-key']).toBe(AUTH_KEY);
    expect(Number(asked.get('ts'))).toBeGreaterThan(1_600_000_000_000);
    // From here on the page's tenant is known.
    subject.byHost = undefined;
    expect((await subject.ui(bundle, 'assets/app.js')).status).toBe(200);
    expect((await subject.ui(bundle, `index.html?tenant=${TENANT}`, { 'x-tenant-id': 'other' })).status).toBe(
      200,
    );
    expect((await subject.ui(bundle, 'index.html', { 'x-tenant-id': TENANT })).status).toBe(200);
    expect((await subject.ui(bundle, 'index.html', { 'x-tenant-id': 'other' })).status).toBe(404);
    expect((await subject.ui(bundle, 'index.html?tenant=other')).status).toBe(404);
    // An empty one in the query hides the header.
    expect((await subject.ui(bundle, 'index.html?tenant=', { 'x-tenant-id': 'other' })).status).toBe(200);
  });

  it('that was refused is not remembered for the page', async () => {
    const bundle = await newBundle();
    if (!subject.own) return;
    subject.byHost = { tenantId: TENANT, extensionId: EXTENSION, contentHash: bundle.hash };
    expect((await subject.ui(bundle, 'index.html?tenant=intruder')).status).toBe(404);
    expect((await subject.ui(bundle, 'assets/app.js')).status).toBe(200);
  });
});

describe('strict validation', () => {
  it('asks the registry once for an install, with the hash as it stands in the address', async () => {
    const bundle = await newBundle();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => subject.ui(bundle, `index.html?tenant=${TENANT}`)),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    const asked = subject.host.take();
    expect(asked.length).toBe(1);
    expect(new URL(asked[0]?.url ?? '', 'http://host').searchParams.get('hash')).toBe(bundle.hash);
    expect(asked[0]?.headers['x-api-key']).toBe(AUTH_KEY);
  });

  it.each([
    ['an error', () => ({ status: 500 })],
    ['a refusal', () => ({ status: 200, body: { valid: false } })],
    ['something else than true', () => ({ status: 200, body: { valid: 'true' } })],
    ['nothing in time', () => 'hang' as const],
    ['a broken connection', () => 'reset' as const],
  ])('takes %s for a no', async (_name, reply) => {
    const bundle = await newBundle();
    subject.host.answer = reply;
    const began = performance.now();
    const answer = await subject.ui(bundle, `index.html?tenant=${TENANT}`);
    expect([answer.status, await answer.text()]).toEqual([404, '']);
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it('gives the registry 750 ms, and no more', async () => {
    if (!subject.own) return;
    const bundle = await newBundle();
    subject.host.answer = () => 'hang';
    const began = performance.now();
    expect((await subject.ui(bundle, `index.html?tenant=${TENANT}`)).status).toBe(404);
    const ms = performance.now() - began;
    expect([ms >= 700, ms < 2500]).toEqual([true, true]);
  });

  it('serves nothing of an install the registry does not know', async () => {
    const bundle = await newBundle();
    subject.uninstall(bundle);
    const refused = await subject.ui(bundle, `index.html?tenant=${TENANT}`);
    expect([refused.status, await refused.text()]).toEqual([404, '']);
    expectCaching(refused.headers.get('cache-control'), 'no-store');
  });
});
