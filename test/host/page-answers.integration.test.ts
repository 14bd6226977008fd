import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addEmbeddedTenant } from '../../src/registry/index.js';
import { startTestServer, type TestServer } from '../registry/support/database.js';
import { startTestHost, type TestHost } from './support/test-host.js';

let server: TestServer;
let it: TestHost;

beforeAll(async () => {
  server = await startTestServer();
  it = await startTestHost(server);
});
afterAll(async () => {
  await it?.stop();
  await server?.stop();
});

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${it.host.origin}${path}`, { headers, redirect: 'manual' });
/** What a page was given to show. */
const boot = async (path: string, as = 'admin'): Promise<Record<string, unknown>> => {
  const html = await (await get(path, { 'x-alga-dev-user': as })).text();
  return JSON.parse(/id="boot">(.*?)<\/script>/s.exec(html)?.[1] ?? '{}');
};

describe('the addresses of the product', () => {
  test.each([
    ['/msp/extensions/{id}', 'extension', 'msp'],
    ['/client-portal/extensions/{id}', 'extension', 'client'],
    ['/msp/extensions', 'settings', 'msp'],
    ['/msp/settings/extensions', 'settings', 'msp'],
  ])('%s shows %s of %s', async (path, view, portal) => {
    const filled = path.replace('{id}', it.rows.registryId);
    expect(await boot(filled)).toMatchObject({ view, portal });
  });

  test.each([
    ['/msp/settings?tab=extensions', '/msp/settings/extensions'],
    ['/msp/extensions/{id}/debug?installId=i&requestId=r', '/msp/extensions/{id}#logs'],
    ['/msp/settings/extensions/{id}', '/msp/settings/extensions#{id}'],
    ['/msp/settings/extensions/{id}/settings', '/msp/settings/extensions#{id}'],
  ])('%s leads to %s', async (from, to) => {
    const fill = (path: string) => path.replace('{id}', it.rows.registryId);
    const answer = await get(fill(from));
    expect([answer.status, answer.headers.get('location')]).toEqual([307, fill(to)]);
  });

  test.each(['/msp', '/msp/other', '/client-portal', '/client-portal/extensions', '/msp/extensions/a/b'])(
    '%s is none of them',
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );

  test('an extension has the registry id in its address: install id and slug show none', async () => {
    const ids = async () => {
      const known = (await boot(`/msp/extensions/${it.rows.registryId}`)).extensions as {
        registryId: string;
      }[];
      return known.map(({ registryId }) => registryId);
    };
    expect(await ids()).toContain(it.rows.registryId);
    for (const other of [it.rows.installId, 'example.com.example.demo']) {
      const { registryId, extensions } = await boot(`/msp/extensions/${other}`);
      expect(registryId).toBe(other);
      expect((extensions as { registryId: string }[]).map((known) => known.registryId)).not.toContain(other);
    }
  });

  test('a tenant of another product has no extensions on its pages', async () => {
    const { tenantId } = await addEmbeddedTenant({
      connectionString: it.database.connectionString,
      name: 'Desk',
      productCode: 'algadesk',
    });
    const html = await (
      await get(`/msp/extensions/${it.rows.registryId}`, { 'x-alga-dev-tenant': tenantId })
    ).text();
    const { extensions, tenant } = JSON.parse(/id="boot">(.*?)<\/script>/s.exec(html)?.[1] ?? '{}');
    expect([tenant.id, extensions]).toEqual([tenantId, []]);
  });

  test('a disabled install still has its page', async () => {
    await it.registry.setEnabled(it.rows.installId, false);
    const { extensions } = await boot(`/msp/extensions/${it.rows.registryId}`);
    await it.registry.setEnabled(it.rows.installId, true);
    expect(extensions).toMatchObject([{ registryId: it.rows.registryId }]);
  });

  test.each([
    ['/msp/extensions/{id}', 'dana', 'internal'],
    ['/client-portal/extensions/{id}', 'tech', 'client'],
  ])('%s as %s is shown for a user of type %s', async (path, as, type) => {
    const { user, users } = await boot(path.replace('{id}', it.rows.registryId), as);
    const shown = (users as { key: string; type: string }[]).find(({ key }) => key === user);
    expect(shown?.type).toBe(type);
  });
});

describe('the debug stream', () => {
  const say = (messages: string | string[], more: object = {}) =>
    fetch(`${it.host.origin}/__alga/debug-events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-runner-auth': it.tokens.serviceToken },
      body: JSON.stringify({
        events: [messages].flat().map((message) => ({
          ts: 1_700_000_000_000.5,
          level: 'info',
          stream: 'stdout',
          tenantId: it.database.tenantId,
          extensionId: it.rows.registryId,
          installId: it.rows.installId,
          message,
          truncated: true,
          ...more,
        })),
      }),
    });
  const poll = async (query: Record<string, string> = {}, lastId?: string) => {
    const search = new URLSearchParams({ extensionId: it.rows.registryId, ...query });
    const answer = await fetch(`${it.host.origin}/api/ext-debug/stream?${search}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(lastId === undefined ? {} : { lastId }),
    });
    return (await answer.json()) as { events: Record<string, unknown>[]; lastId: string };
  };

  test('an event, field by field: the time as a text, unknown fields left out', async () => {
    await say('shape');
    expect((await poll()).events.at(-1)).toEqual({
      ts: '1700000000000',
      level: 'info',
      stream: 'stdout',
      tenantId: it.database.tenantId,
      extensionId: it.rows.registryId,
      installId: it.rows.installId,
      message: 'shape',
      truncated: true,
    });
  });

  test('installId and requestId choose, in any letters; tenantId in the query is taken as given', async () => {
    await say('mine', { requestId: 'Req-A' });
    const messages = async (query: Record<string, string>) =>
      (await poll(query)).events.map(({ message }) => message);
    expect(await messages({ requestId: 'rEQ-a' })).toEqual(['mine']);
    expect(await messages({ installId: it.rows.installId.toUpperCase() })).toContain('mine');
    expect(await messages({ installId: 'other' })).toEqual([]);
    expect(await messages({ tenantId: 'other' })).toEqual([]);
  });

  test('a poll gives 100 events at most, from the oldest on, and goes on after the last one', async () => {
    await say(Array.from({ length: 105 }, (_, count) => `line ${count}`));
    const first = await poll();
    expect(first.events).toHaveLength(100);
    const second = await poll({}, first.lastId);
    expect(second.events.at(-1)).toMatchObject({ message: 'line 104' });
    expect(await poll({}, second.lastId)).toEqual({ events: [], lastId: second.lastId });
  });

  test('is for internal users who may read; a portal user has no such right', async () => {
    const path = `/api/ext-debug/stream?extensionId=${it.rows.registryId}`;
    expect((await get(path, { 'x-alga-dev-user': 'dana' })).status).toBe(403);
  });

  test('events have neither a name nor an id on the wire, and are not to be cached', async () => {
    const stop = new AbortController();
    const path = `/api/ext-debug/stream?extensionId=${it.rows.registryId}`;
    const answer = await fetch(`${it.host.origin}${path}`, { signal: stop.signal });
    expect(answer.headers.get('cache-control')).toBe('no-cache, no-transform');
    const chunk = Buffer.from((await answer.body?.getReader().read())?.value ?? []).toString();
    expect(chunk).toMatch(/^data: \{/);
    expect(chunk).not.toMatch(/^(event|id|:)/m);
    stop.abort();
  });
});
