import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ScriptedServer } from './capabilities-support.js';
import { EngineUnderTest, engineOptions } from './engine-support.js';

const grants = { grants: ['cap:http.fetch'] };
const request = (url: string, more: object = {}): object => ({ method: 'GET', url, headers: [], ...more });

let site: ScriptedServer;
let listed: EngineUnderTest;
let open: EngineUnderTest;

beforeAll(async () => {
  site = await ScriptedServer.start();
  const { egress } = engineOptions();
  const limits = { ...egress, timeoutMs: 1000, maxResponseBytes: 100_000 };
  const allowlist = ['127.0.0.1', 'localhost', 'listed.invalid'];
  listed = await EngineUnderTest.start('features', { egress: { ...limits, allowlist } });
  open = await EngineUnderTest.start('features', { egress: { ...limits, allowlist: [] } });
});
afterAll(async () => {
  await Promise.all([listed.engine.stop(), open.engine.stop(), site.stop()]);
});
afterEach(() => {
  site.take();
  site.answer = () => ({});
});

const fetchIn = async (guest: EngineUnderTest, value: object): Promise<unknown> =>
  await guest.hostCall(['http', 'fetch'], [value], grants);

describe('http.fetch', () => {
  test('sends method, headers and body, and gives status, headers and body back', async () => {
    site.answer = () => ({
      status: 207,
      headers: { 'X-Answer': 'yes', 'x-latin': 'caf\u00e9', 'content-encoding': 'gzip' },
      body: 'not really gzip',
    });
    const answer = await fetchIn(
      listed,
      request(`${site.origin}/path?q=1`, {
        method: 'REPORT',
        headers: [
          { name: 'X-Mine', value: 'a' },
          { name: 'x-mine', value: 'b' },
          { name: 'Transfer-Encoding', value: 'chunked' },
          { name: 'Content-Length', value: '1' },
        ],
        body: { $bytes: 'sent' },
      }),
    );
    expect(answer).toMatchObject({ ok: { status: 207, body: { $bytes: 'not really gzip' } } });
    const { headers } = (answer as { ok: { headers: Array<{ name: string; value: string }> } }).ok;
    expect(headers).toEqual(
      expect.arrayContaining([
        { name: 'x-answer', value: 'yes' },
        { name: 'x-latin', value: '' },
        { name: 'content-encoding', value: 'gzip' },
      ]),
    );
    const [call] = site.take();
    expect(call).toMatchObject({ method: 'REPORT', url: '/path?q=1', body: 'sent' });
    expect(call?.headers).toMatchObject({ 'x-mine': 'a, b', 'content-length': '4' });
    expect(call?.headers).not.toHaveProperty('transfer-encoding');
  });

  test('an empty answer has an empty body; redirects are answers', async () => {
    site.answer = () => ({ status: 302, headers: { location: '/elsewhere' } });
    expect(await fetchIn(listed, request(`${site.origin}/`))).toMatchObject({
      ok: { status: 302, body: { $bytes: '' } },
    });
    expect(site.take()).toHaveLength(1);
  });

  test('hosts: exact or below an entry, whatever the port', async () => {
    const notAllowed = { thrown: 'not-allowed' };
    expect(await fetchIn(listed, request('http://example.com/'))).toEqual(notAllowed);
    expect(await fetchIn(listed, request('http://notlisted.invalid/'))).toEqual(notAllowed);
    expect(await fetchIn(listed, request('http://LISTED.invalid:81/'))).toEqual({ thrown: 'transport' });
    expect(await fetchIn(listed, request('http://sub.listed.invalid/'))).toEqual({ thrown: 'transport' });
    const port = new URL(site.origin).port;
    expect(await fetchIn(listed, request(`http://localhost:${port}/`))).toMatchObject({
      ok: { status: 200 },
    });
  });

  test('with an empty list, this machine and private networks stay out of reach', async () => {
    const { port } = new URL(site.origin);
    const hosts = [
      '127.0.0.1',
      '127.1',
      '2130706433',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '0.0.0.0',
      '10.0.0.1',
      '192.168.1.1',
      '169.254.169.254',
      '[fd00::1]',
      'localhost',
    ];
    for (const host of hosts) {
      expect([host, await fetchIn(open, request(`http://${host}:${port}/`))]).toEqual([
        host,
        { thrown: 'not-allowed' },
      ]);
    }
    expect(site.take()).toEqual([]);
  });

  test('unless they are allowed as a whole', async () => {
    const { egress } = engineOptions();
    const guest = await EngineUnderTest.start('features', {
      egress: { ...egress, allowlist: [], privateHosts: 'allowed' },
    });
    expect(await fetchIn(guest, request(`${site.origin}/`))).toMatchObject({ ok: { status: 200 } });
    expect(guest.engine.stats()).toMatchObject({ egressBytesSent: 0, egressBytesReceived: 0 });
    await guest.engine.stop();
  });

  test('what is wrong with a request', async () => {
    const { origin } = site;
    const rows: Array<[object, string]> = [
      [request('not a url'), 'invalid-url'],
      [request('/relative'), 'invalid-url'],
      [request(origin, { method: 'BAD METHOD' }), 'invalid-url'],
      [request('ftp://localhost/'), 'transport'],
      [request(origin, { method: 'CONNECT' }), 'transport'],
      [request(origin, { headers: [{ name: 'bad name', value: 'v' }] }), 'transport'],
      [request(origin, { headers: [{ name: 'n', value: 'a\r\nb: c' }] }), 'transport'],
      [request('http://localhost:1/'), 'transport'],
    ];
    for (const [value, thrown] of rows) expect(await fetchIn(listed, value)).toEqual({ thrown });
    expect(site.take()).toEqual([]);
  });

  test('no answer, a broken one, and one that is too large', async () => {
    const value = request(`${site.origin}/`);
    site.answer = () => 'reset';
    expect(await fetchIn(listed, value)).toEqual({ thrown: 'transport' });
    site.answer = () => 'hang';
    expect(await fetchIn(listed, value)).toEqual({ thrown: 'transport' });
    site.answer = () => ({ body: Buffer.alloc(200_000) });
    expect(await fetchIn(listed, value)).toEqual({ thrown: 'internal' });
    site.answer = () => ({ headers: { 'content-length': '100' }, body: 'short' });
    expect(await fetchIn(listed, value)).toEqual({ thrown: 'internal' });
  });

  test('bodies are counted', async () => {
    const before = listed.engine.stats();
    site.answer = () => ({ body: '12345' });
    await fetchIn(listed, request(site.origin, { method: 'POST', body: { $bytes: '123' } }));
    const after = listed.engine.stats();
    expect(after.egressBytesSent - before.egressBytesSent).toBe(3);
    expect(after.egressBytesReceived - before.egressBytesReceived).toBe(5);
  });
});

describe('the global fetch of a guest obeys the same rules', () => {
  const text = (body: string) => ({ ...grants, body });

  test('reaches listed hosts, with methods, headers and bodies', async () => {
    site.answer = ({ method, headers, body }) => ({ body: `${method} ${headers['x-mine'] ?? '-'} ${body}` });
    expect(await listed.json('/fetch', text(`${site.origin}/a?b=1`))).toEqual({
      status: 200,
      text: 'GET - ',
    });
    expect(await listed.json('/fetch-post', text(`${site.origin}/`))).toEqual({
      status: 200,
      text: 'POST yes posted by the guest',
    });
  });

  test('and nothing else: other hosts, no grant, no answer', async () => {
    const failed = { failed: expect.stringContaining('NetworkError') };
    expect(await listed.json('/fetch', text('http://example.com/'))).toEqual(failed);
    expect(await open.json('/fetch', text(`${site.origin}/`))).toEqual(failed);
    expect(await listed.json('/fetch', { body: `${site.origin}/` })).toEqual(failed);
    expect(site.take()).toEqual([]);
    site.answer = () => 'reset';
    expect(await listed.json('/fetch', text(`${site.origin}/`))).toEqual(failed);
  });
});
