import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../registry/support/database.js';
import { publication } from '../registry/support/publication.js';
import { eventually } from './support/eventually.js';
import { startTestHost, type TestHost } from './support/test-host.js';

let server: TestServer;
let it: TestHost;

beforeAll(async () => {
  server = await startTestServer();
  it = await startTestHost(server, { debugTail: 2 });
});
afterAll(async () => {
  await it?.stop();
  await server?.stop();
});
afterEach(() => {
  it.runner.seen.length = 0;
});

const ROUTES = ['ext', 'ext-proxy'] as const;
const call = (route: (typeof ROUTES)[number], init: RequestInit = {}): Promise<Response> =>
  fetch(`${it.host.origin}/api/${route}/${it.rows.registryId}/hello`, init);
const newestRow = async () =>
  (await it.database.query('SELECT * FROM extension_execution_log ORDER BY started_at DESC LIMIT 1'))[0];

describe('what changes between the access check and the second look', () => {
  /** Keeps the log's rows from being written, so that calls stand right behind the access check. */
  const whileCallsWait = async <T>(calls: () => Promise<T>, change: () => Promise<unknown>): Promise<T> => {
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: it.database.connectionString });
    await client.connect();
    try {
      await client.query('BEGIN');
      await client.query('LOCK TABLE extension_execution_log IN EXCLUSIVE MODE');
      const waiting = calls();
      const blocked = async () =>
        (await it.database.query('SELECT 1 FROM pg_locks WHERE NOT granted')).length;
      await eventually(blocked).toBe(1);
      await change();
      await client.query('COMMIT');
      return await waiting;
    } finally {
      await client.end();
    }
  };

  test.each(ROUTES)('/api/%s answers 503 when another version was installed', async (route) => {
    const { tenantId } = it.database;
    const answer = await whileCallsWait(
      () => call(route),
      () => it.registry.publish(publication(tenantId, `other-${route}`, { version: `2.0.${route.length}` })),
    );
    expect([answer.status, await answer.json()]).toEqual([503, { error: 'access_policy_unavailable' }]);
    expect(it.runner.seen).toEqual([]);
    await eventually(async () => (await newestRow())?.status).toBe('policy_denied');
  });

  test.each([
    ['ext', { error: 'not_installed' }],
    ['ext-proxy', { error: 'Extension not installed' }],
  ] as const)('/api/%s answers 404 when the extension was switched off', async (route, body) => {
    const answer = await whileCallsWait(
      () => call(route),
      () => it.registry.setEnabled(it.rows.installId, false),
    );
    await it.registry.setEnabled(it.rows.installId, true);
    expect([answer.status, await answer.json()]).toEqual([404, body]);
    expect(it.runner.seen).toEqual([]);
  });
});

describe('a configuration that cannot be read', () => {
  const away = 'ALTER TABLE tenant_extension_install_config RENAME TO put_away';
  const back = 'ALTER TABLE put_away RENAME TO tenant_extension_install_config';

  test('/api/ext goes on with an empty one, without providers and secrets', async () => {
    await it.registry.writeConfig(it.rows.installId, { region: 'eu' });
    await it.registry.writeSecrets(it.rows.installId, { KEY: 'value' });
    expect((await call('ext')).status).toBe(200);
    expect(it.runner.seen.at(-1)?.body.context.config).toEqual({ region: 'eu' });
    expect(it.runner.seen.at(-1)?.body.secret_envelope).toBeDefined();
    await it.database.query(away);
    try {
      expect((await call('ext')).status).toBe(200);
    } finally {
      await it.database.query(back);
    }
    const { context, ...rest } = it.runner.seen.at(-1)?.body ?? {};
    expect(context).toMatchObject({
      config: {},
      install_id: it.rows.installId,
      content_hash: expect.any(String),
    });
    expect(rest).not.toHaveProperty('providers');
    expect(rest).not.toHaveProperty('secret_envelope');
    await eventually(async () => (await newestRow())?.status).toBe('ok');
    expect(it.seen.onRequest.at(-1)?.notes.join()).toContain('Without configuration and secrets');
  });

  test('/api/ext-proxy answers 503', async () => {
    await it.database.query(away);
    try {
      const answer = await call('ext-proxy');
      expect([answer.status, await answer.json()]).toEqual([503, { error: 'access_policy_unavailable' }]);
    } finally {
      await it.database.query(back);
    }
    expect(it.runner.seen).toEqual([]);
  });
});

describe('EXT_DEBUG_SSE_TAIL_COUNT', () => {
  const events = Array.from({ length: 4 }, (_, i) => ({ ts: i + 1, message: `line ${i + 1}` }));

  /** Opens the stream, lets one more line be said, and gives every line up to that one. */
  const linesOf = async (host: TestHost): Promise<string[]> => {
    const leaving = new AbortController();
    const say = (said: readonly object[]) =>
      fetch(`${host.host.origin}/__alga/debug-events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-runner-auth': host.tokens.serviceToken },
        body: JSON.stringify({
          events: said.map((event) => ({
            level: 'info',
            stream: 'log',
            tenantId: host.database.tenantId,
            extensionId: host.rows.registryId,
            truncated: false,
            ...event,
          })),
        }),
      });
    await say(events);
    const url = `${host.host.origin}/api/ext-debug/stream?extensionId=${host.rows.registryId}`;
    const stream = await fetch(url, { signal: leaving.signal });
    await say([{ ts: 9, message: 'last' }]);
    let text = '';
    for await (const chunk of stream.body as ReadableStream<Uint8Array>) {
      text += Buffer.from(chunk).toString();
      if (text.includes('last')) break;
    }
    leaving.abort();
    return [...text.matchAll(/"message":"([^"]+)"/g)].map(([, message]) => String(message));
  };

  test('so many events come first, oldest first', async () => {
    expect(await linesOf(it)).toEqual(['line 3', 'line 4', 'last']);
  });

  test.each([
    [0, ['last']],
    [-5, ['last']],
    [undefined, ['line 1', 'line 2', 'line 3', 'line 4', 'last']],
    [99_999, ['line 1', 'line 2', 'line 3', 'line 4', 'last']],
  ])('%s', async (debugTail, lines) => {
    const other = await startTestHost(server, debugTail === undefined ? {} : { debugTail });
    expect(await linesOf(other)).toEqual(lines);
    await other.stop();
  });
});
