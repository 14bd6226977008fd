import { rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HandlerFailure, startExtension, type TestExtension } from '../../src/testing/index.js';
import { guestProject, hostCall, workFolder } from './support.js';

let root: string;
let extension: TestExtension;

beforeAll(async () => {
  root = await guestProject();
  extension = await startExtension({ project: root, timeoutMs: 2000 });
});
afterAll(async () => {
  await extension.stop();
  await rm(root, { recursive: true, force: true });
});
beforeEach(() => extension.host.reset());

const call = (name: readonly [string, string], ...args: unknown[]) => hostCall(extension, name, ...args);
const bytes = ($bytes: string) => ({ $bytes });
const big = ($big: string) => ({ $big });

describe('a call', () => {
  it('reaches the handler as the product would send it', async () => {
    const options = { query: { q: 'a b' }, headers: { 'x-one': '1' }, body: { n: 1 } };
    const answer = await extension.call('post', '/echo', options);
    expect(answer.json()).toMatchObject({
      context: { tenantId: extension.host.tenantId, installId: extension.host.installId },
      http: {
        method: 'POST',
        url: '/echo?q=a+b',
        headers: [
          { name: 'content-type', value: 'application/json' },
          { name: 'x-one', value: '1' },
        ],
        body: bytes('{"n":1}'),
      },
    });
    expect(answer.headers).toEqual({ 'content-type': 'application/json' });
    expect((await extension.call('POST', '/echo', { body: 'text' })).text()).toContain('"$bytes":"text"');
    expect((await extension.call('GET', '/duplicates')).headers).toEqual({ 'x-case': 'two' });
    expect((await extension.call('GET', '/no-body')).body).toBeUndefined();
  });

  it('runs in a fresh copy of the handler, one after the other', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => extension.call('GET', '/count')));
    expect(answers.map((answer) => answer.json())).toEqual([1, 2, 3].map(() => ({ counter: 1, kept: 1 })));
  });

  it('gives what the handler wrote', async () => {
    const { logs } = await extension.call('GET', '/log');
    expect(logs).toContainEqual({ level: 'info', stream: 'stdout', text: 'to stdout 1' });
    expect(logs).toContainEqual({ level: 'warn', stream: 'log', text: 'warning' });
  });

  it('that throws is told with its place in the source, and the next one is answered', async () => {
    const failure = await extension.call('GET', '/throw').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(HandlerFailure);
    expect(failure).toMatchObject({ reason: 'trap', message: expect.stringContaining('deep trouble') });
    expect((failure as HandlerFailure).stack).toMatch(/inner .*src\/handler\.js:\d+/);
    expect((await extension.call('GET', '/count')).status).toBe(200);
  });

  it('that does not end is ended, and the next one is answered', async () => {
    await expect(extension.call('GET', '/loop')).rejects.toMatchObject({ reason: 'timeout' });
    expect((await extension.call('GET', '/count')).status).toBe(200);
  });

  it('to an endpoint the manifest lacks is refused with the command that adds it', async () => {
    await expect(extension.call('GET', '/nowhere')).rejects.toMatchObject({
      code: 'TEST_ENDPOINT_UNDECLARED',
      hint: 'Run: alga add endpoint GET /nowhere',
    });
  });
});

describe('the host in memory', () => {
  it('stores with revisions', async () => {
    const entry = { namespace: 'n', key: 'k', value: bytes('one') };
    expect(await call(['storage', 'get'], 'n', 'k')).toEqual({ thrown: 'missing' });
    expect(await call(['storage', 'put'], { ...entry, revision: big('1') })).toEqual({ thrown: 'conflict' });
    expect(await call(['storage', 'put'], entry)).toEqual({ ok: { ...entry, revision: big('1') } });
    const second = { ...entry, value: bytes('"two"'), revision: big('1') };
    expect(await call(['storage', 'put'], second)).toMatchObject({ ok: { revision: big('2') } });
    expect(await call(['storage', 'put'], second)).toEqual({ thrown: 'conflict' });
    expect(extension.host.storage.get('n', 'k')).toBe('two');
    expect(await call(['storage', 'delete'], 'n', 'k')).toEqual({ ok: null });
    expect(await call(['storage', 'delete'], 'n', 'k')).toEqual({ thrown: 'conflict' });
    expect(await call(['storage', 'put'], { ...entry, key: 'a/b' })).toEqual({ thrown: 'internal' });
  });

  it('lists 25 entries, and those after a key', async () => {
    for (let n = 0; n < 30; n++) extension.host.storage.set('n', `k${n + 10}`, { n });
    const page = (await call(['storage', 'listEntries'], 'n')) as { ok: { key: string }[] };
    expect([page.ok.length, page.ok[0]?.key, page.ok[24]?.key]).toEqual([25, 'k10', 'k34']);
    const cursor = Buffer.from(JSON.stringify({ key: 'k34' })).toString('base64url');
    const rest = (await call(['storage', 'listEntries'], 'n', cursor)) as { ok: { key: string }[] };
    expect(rest.ok.map(({ key }) => key)).toEqual(['k35', 'k36', 'k37', 'k38', 'k39']);
    expect(await call(['storage', 'listEntries'], 'n', 'junk')).toEqual({ thrown: 'internal' });
  });

  it('gives secrets', async () => {
    extension.host.secrets.set('token', 's3cret');
    expect(await call(['secrets', 'get'], 'token')).toEqual({ ok: 's3cret' });
    expect(await call(['secrets', 'get'], 'other')).toEqual({ thrown: 'missing' });
    expect(await call(['secrets', 'listKeys'])).toEqual({ ok: ['token'] });
  });

  it('answers requests as programmed, and remembers them', async () => {
    const { http } = extension.host;
    http.on('GET', 'https://api.test/things', { json: [1] });
    http.on('POST', /things$/, ({ body }) => ({ status: 201, body: `got ${body}` }));
    const request = (method: string, url: string, body?: unknown) =>
      call(['http', 'fetch'], { method, url, headers: [{ name: 'X-A', value: 'b' }], body });
    expect(await request('GET', 'https://api.test/things?page=2')).toEqual({
      ok: { status: 200, headers: [{ name: 'content-type', value: 'application/json' }], body: bytes('[1]') },
    });
    expect(await request('POST', 'https://api.test/things', bytes('x'))).toMatchObject({
      ok: { status: 201, body: bytes('got x') },
    });
    http.on('GET', 'https://api.test/things', { fail: 'transport' });
    expect(await request('GET', 'https://api.test/things')).toEqual({ thrown: 'transport' });
    expect(http.requests).toHaveLength(3);
    expect(http.requests[1]).toMatchObject({ method: 'POST', headers: { 'x-a': 'b' }, body: 'x' });
    await expect(request('GET', 'https://other.test/')).rejects.toMatchObject({
      code: 'TEST_REQUEST_UNANSWERED',
      hint: expect.stringContaining("extension.host.http.on('GET', 'https://other.test/'"),
    });
  });

  it('answers calls through the user interface', async () => {
    extension.host.uiProxy.on('GET', '/tickets', { json: { open: 3 } });
    extension.host.uiProxy.on('POST', '/tickets', { status: 403 });
    expect(await call(['ui-proxy', 'callRoute'], '/tickets')).toEqual({ ok: bytes('{"open":3}') });
    expect(await call(['ui-proxy', 'callRoute'], '/tickets', bytes('{}'))).toEqual({ thrown: 'denied' });
  });

  it('knows who calls', async () => {
    expect(await call(['user', 'getUser'])).toMatchObject({ ok: { userName: 'Test User' } });
    const user = { userId: 'u', userEmail: 'e', userName: 'n', userType: 'client', clientId: 'c' } as const;
    const body = { call: ['user-v2', 'getUser'] };
    expect((await extension.call('POST', '/call', { body, user })).json()).toMatchObject({
      ok: { clientId: 'c', userType: 'client', tenantId: extension.host.tenantId },
    });
    expect((await extension.call('POST', '/call', { body, user: null })).json()).toEqual({
      thrown: 'not-available',
    });
  });

  it('keeps schedules by the rules of the product', async () => {
    const make = (input: object) => call(['scheduler', 'createSchedule'], input);
    const made = (await make({ endpoint: 'POST /call', cron: '0 3 * * *', payload: '{"a":1}' })) as {
      ok: { success: boolean; scheduleId: string };
    };
    expect(made.ok.success).toBe(true);
    expect(extension.host.schedules).toMatchObject([
      { endpointPath: '/call', endpointMethod: 'POST', timezone: 'UTC', enabled: true, payload: '{"a":1}' },
    ]);
    expect(await make({ endpoint: '/nowhere', cron: '0 3 * * *' })).toMatchObject({
      ok: { success: false, fieldErrors: '{"endpoint":"Endpoint not found"}' },
    });
    expect(await make({ endpoint: '/call', cron: '* * * * *' })).toMatchObject({
      ok: { success: false, fieldErrors: expect.stringContaining('cron') },
    });
    const { scheduleId } = made.ok;
    expect(await call(['scheduler', 'updateSchedule'], scheduleId, { enabled: false })).toEqual({
      ok: { success: true },
    });
    expect(await call(['scheduler', 'getSchedule'], scheduleId)).toMatchObject({
      ok: { enabled: false, cron: '0 3 * * *' },
    });
    const endpoints = (await call(['scheduler', 'getEndpoints'])) as { ok: object[] };
    expect(endpoints.ok).toContainEqual(
      expect.objectContaining({ method: 'GET', path: '/call', schedulable: true }),
    );
    expect(await call(['scheduler', 'deleteSchedule'], scheduleId)).toEqual({ ok: { success: true } });
    expect(await call(['scheduler', 'listSchedules'])).toEqual({ ok: [] });
  });

  it('has clients, services and invoices', async () => {
    const { clients, services, invoices } = extension.host;
    clients.push(
      { clientId: 'c1', clientName: 'Zebra' },
      { clientId: 'c2', clientName: 'Ant', isInactive: true },
    );
    services.push({ serviceId: 's1', serviceName: 'Support', defaultRate: 100, billingMethod: 'hourly' });
    expect(await call(['clients', 'listClients'], {})).toMatchObject({
      ok: { items: [{ clientName: 'Zebra', isInactive: false }], totalCount: 1, page: 1, pageSize: 25 },
    });
    expect(await call(['clients', 'listClients'], { includeInactive: true })).toMatchObject({
      ok: { items: [{ clientId: 'c2' }, { clientId: 'c1' }] },
    });
    expect(await call(['clients', 'getClient'], 'c2')).toMatchObject({ ok: { clientName: 'Ant' } });
    expect(await call(['clients', 'getClient'], 'none')).toEqual({ ok: null });
    expect(await call(['clients', 'listClients'], { pageSize: 101 })).toEqual({ thrown: 'invalid-input' });
    expect(await call(['services', 'listServices'], { billingMethod: 'hourly' })).toMatchObject({
      ok: { items: [{ serviceId: 's1', itemKind: 'service', defaultRate: 100, isActive: true }] },
    });
    expect(await call(['services', 'getService'], 's1')).toMatchObject({ ok: { serviceName: 'Support' } });
    const item = { serviceId: 's1', quantity: 2, description: 'work', rate: 150 };
    const invoice = { clientId: 'c1', items: [item] };
    expect(await call(['invoicing', 'createManualInvoice'], invoice)).toMatchObject({
      ok: { success: true, invoiceNumber: 'TEST-0001', total: 300 },
    });
    expect(await call(['invoicing', 'createManualInvoice'], { clientId: 'c1', items: [] })).toMatchObject({
      ok: { success: false, fieldErrors: '{"items":"must have at least one item"}' },
    });
    expect(invoices).toMatchObject([invoice]);
  });

  it('is as new after a reset', async () => {
    extension.host.storage.set('n', 'k', 1);
    extension.host.secrets.set('a', 'b');
    extension.host.user = undefined;
    extension.host.reset();
    expect(extension.host.storage.keys('n')).toEqual([]);
    expect(extension.host.secrets.size).toBe(0);
    expect(extension.host.user).toMatchObject({ userName: 'Test User' });
  });
});

it('refuses what the manifest does not declare, as the product does', async () => {
  const project = await guestProject(['storage.kv', 'secrets.get']);
  const poor = await startExtension({ project });
  try {
    expect(await hostCall(poor, ['storage', 'get'], 'n', 'k')).toEqual({ thrown: 'denied' });
    poor.host.secrets.set('a', 'b');
    expect(await hostCall(poor, ['secrets', 'get'], 'a')).toEqual({ thrown: 'denied' });
    expect(await hostCall(poor, ['clients', 'listClients'], {})).toHaveProperty('ok');
  } finally {
    await poor.stop();
    await rm(project, { recursive: true, force: true });
  }
});

it('builds with a frozen clock when asked to', async () => {
  const frozen = await startExtension({ project: root, parity: true });
  try {
    const clock = async () => (await frozen.call('GET', '/clock')).json<{ now: number; uuid: string }>();
    expect(await clock()).toEqual(await clock());
  } finally {
    await frozen.stop();
  }
});

it('says when there is no handler to test', async () => {
  const folder = await workFolder('no-handler');
  const manifest = { name: 'com.example.bare', publisher: 'T', version: '1.0.0', runtime: 'static@1' };
  await writeFile(`${folder}/manifest.json`, JSON.stringify({ ...manifest, capabilities: [] }));
  await expect(startExtension({ project: folder })).rejects.toMatchObject({ code: 'TEST_NO_HANDLER' });
  await rm(folder, { recursive: true, force: true });
});
