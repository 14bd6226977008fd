import { expect, vi } from 'vitest';
import type { ReadyEvent } from '../../../src/dev/events.js';
import { ask, servedHashOf } from '../../../src/doctor/sources/http.js';

/** What tenants have is remembered for a second; and looking so often uses up the gateway's patience. */
const PASSING: readonly number[] = [403, 429];

/** What has to hold once a fault is gone: a call goes from the gateway into the handler of a template and back. */
export async function expectCall({ urls }: Pick<ReadyEvent, 'urls'>, path: string): Promise<void> {
  const call = async () => {
    const answer = await fetch(`${urls.gateway}${path}`);
    return PASSING.includes(answer.status) ? undefined : { status: answer.status, body: await answer.text() };
  };
  const called = await vi.waitUntil(call, { timeout: 20_000, interval: 100 });
  expect(called).toEqual({ status: 200, body: expect.stringContaining('Hello from the handler') });
}

/** Likewise the published page: its document comes from the runner. */
export async function expectPage({ urls, registryId, tenantId }: ReadyEvent): Promise<void> {
  const { origin } = new URL(urls.page);
  const hash = servedHashOf(await ask(`${origin}/__alga/served/${registryId}`)) ?? 'none';
  const page = `${registryId}/${encodeURIComponent(hash)}/index.html?tenant=${tenantId}`;
  const { status, body } = await ask(`${origin}/runner/ext-ui/${page}`);
  expect({ status, body }).toEqual({ status: 200, body: expect.stringMatching(/<html|<!doctype/i) });
}

/** Both, of an extension made from the template `full`. */
export async function expectWorking(ready: ReadyEvent): Promise<void> {
  await Promise.all([expectCall(ready, '/api/status'), expectPage(ready)]);
}
