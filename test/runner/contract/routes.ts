import { describe, expect, it } from 'vitest';
import { rawGet } from '../../support/runner/raw-request.js';
import { AUTH_KEY, EXTENSION, subject, TENANT } from './subject.js';

describe('the other routes', () => {
  it('GET / sends a host’s browser to its page', async () => {
    subject.byHost = { tenantId: TENANT, extensionId: EXTENSION, contentHash: subject.caller.hash };
    const found = await rawGet(subject.port, '/');
    expect(found.status).toBe(307);
    expect(found.head).toContain(
      `location: /ext-ui/${EXTENSION}/${subject.caller.hash}/index.html?tenant=${TENANT}`,
    );
    const [asked] = subject.host.take();
    expect(asked?.headers['x-api-key']).toBe(AUTH_KEY);
  });

  it('GET / is a 404 for a host nobody has, and a 502 for an answer nobody can read', async () => {
    const unknown = await rawGet(subject.port, '/');
    expect([unknown.status, unknown.body]).toEqual([404, '']);
    for (const answer of ['reset', { body: { tenant_id: TENANT } }, { body: 'no json' }] as const) {
      subject.host.answer = () => answer;
      expect((await rawGet(subject.port, '/')).status).toBe(502);
    }
  });

  it('GET /healthz tells cache and store', async () => {
    const answered = await fetch(`${subject.url}/healthz`);
    expect([answered.status, await answered.json()]).toEqual([
      200,
      expect.objectContaining({ cache_writable: true, bundle_store: 'ok' }),
    ]);
  });

  it('POST /warmup refuses a hash alone', async () => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const refused = await fetch(`${subject.url}/warmup`, {
      ...init,
      body: JSON.stringify({ content_hash: subject.caller.hash }),
    });
    expect([refused.status, await refused.text()]).toEqual([
      400,
      'warmup unsupported without tenant + extension context',
    ]);
    if (!subject.own) return;
    const body = JSON.stringify({
      tenant_id: TENANT,
      extension_id: EXTENSION,
      content_hash: subject.caller.hash,
    });
    const warmed = await fetch(`${subject.url}/warmup`, { ...init, body });
    expect([warmed.status, await warmed.json()]).toMatchObject([200, { warm: true, component: true }]);
  });

  it('unknown paths are 404, other methods 405', async () => {
    expect((await fetch(`${subject.url}/unknown`)).status).toBe(404);
    expect((await fetch(`${subject.url}/v1/execute`)).status).toBe(405);
  });
});
