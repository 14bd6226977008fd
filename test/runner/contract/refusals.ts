import { describe, expect, it } from 'vitest';
import type { ExecuteWireAnswer } from '../../../runner/src/published/wire.js';
import { bundleOf } from '../../support/runner/bundles.js';
import { ROUTING, subject, TENANT } from './subject.js';
import { wireRequest } from './wire-request.js';

/** A call with fields of its body replaced, as no well-meaning caller would write them. */
async function execute(
  fields: { context?: object; http?: object; providers?: readonly string[] },
  headers: Record<string, string> = ROUTING,
): Promise<ExecuteWireAnswer> {
  const good = wireRequest('/count', { contentHash: subject.caller.hash });
  const body = {
    ...good,
    ...fields,
    context: { ...good.context, ...fields.context },
    http: { ...good.http, ...fields.http },
  };
  const response = await subject.post('/v1/execute', body, headers);
  expect(response.status).toBe(200);
  return (await response.json()) as ExecuteWireAnswer;
}

describe('refusals, in their order', () => {
  it('missing_routing_headers', async () => {
    const incomplete: Array<Record<string, string>> = [
      {},
      { 'x-alga-tenant': TENANT },
      { ...ROUTING, 'x-alga-extension': '' },
    ];
    for (const headers of incomplete) {
      expect(await execute({ context: { content_hash: 'none' } }, headers)).toEqual({
        status: 400,
        headers: {},
        body_b64: null,
        error: 'missing_routing_headers',
      });
    }
  });

  it('bundle_fetch_failed for an object that is not there, before unknown capabilities', async () => {
    const context = { content_hash: `sha256:${'0'.repeat(64)}` };
    const refused = await execute({ context, providers: ['cap:nope'] });
    expect(refused).toMatchObject({ status: 502, headers: {}, body_b64: null });
    expect(refused.error).toMatch(/^bundle_fetch_failed: /);
  });

  it('bundle_fetch_failed for bytes of another hash, naming both', async () => {
    const other = await bundleOf({ 'dist/main.wasm': 'other' });
    await subject.put(other, subject.caller.bytes);
    const refused = await execute({ context: { content_hash: other.hash } });
    expect(refused).toMatchObject({ status: 502, headers: {}, body_b64: null });
    expect(refused.error).toContain(
      `archive hash mismatch: expected ${other.hex}, got ${subject.caller.hex}`,
    );
  });

  it('bundle_fetch_failed for a bundle without dist/main.wasm, before unknown capabilities', async () => {
    const page = await bundleOf({ 'ui/index.html': 'page' });
    await subject.put(page);
    const refused = await execute({ context: { content_hash: page.hash }, providers: ['cap:nope'] });
    expect([refused.status, refused.error?.split(':')[0]]).toEqual([502, 'bundle_fetch_failed']);
  });

  it('unknown_capabilities, before a secret envelope and a bad body', async () => {
    const refused = await execute({
      providers: ['cap:Nope', 'http.fetch', ' CAP:log.emit ', ''],
      http: { body_b64: '!' },
    });
    expect([refused.status, refused.error?.slice(0, 22)]).toEqual([400, 'unknown_capabilities: ']);
    expect(refused.error?.slice(22).split(', ').sort()).toEqual(['cap:nope', 'http.fetch']);
  });

  it.each(['!', 'YQ', 'YR==', 'YQ=', 'Y Q==', 'YQ-_'])('execute_failed for the body %j', async (body) => {
    const refused = await execute({ http: { body_b64: body } });
    expect([refused.status, refused.error?.split(':')[0]]).toEqual([500, 'execute_failed']);
  });
});
