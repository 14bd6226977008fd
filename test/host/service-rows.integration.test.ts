import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addEmbeddedTenant } from '../../src/registry/index.js';
import { startTestServer, type TestServer } from '../registry/support/database.js';
import { publication } from '../registry/support/publication.js';
import { eventually } from './support/eventually.js';
import { ALL_SERVICES, askService } from './support/guest-services.js';
import { startTestHost, TEST_MANIFEST, type TestHost } from './support/test-host.js';

let server: TestServer;
let it: TestHost;

beforeAll(async () => {
  server = await startTestServer();
});
// Changes of schedules and runs by hand are counted for a minute, so each test has a host of its own.
beforeEach(async () => {
  it = await startTestHost(server, { manifest: { capabilities: ALL_SERVICES } });
  return () => it.stop();
});
afterAll(() => server?.stop());

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${it.host.origin}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-alga-token': it.tokens.session, ...headers },
    body: JSON.stringify(body),
  });
const scheduler = (operation: string, more: object = {}) =>
  askService(it, 'ext-scheduler', { operation, ...more });
const schedule = async (more: object = {}): Promise<string> => {
  const [, { scheduleId }] = await scheduler('create', {
    endpoint: 'GET /hello',
    cron: '0 3 * * *',
    ...more,
  });
  return String(scheduleId);
};
const runNow = async (scheduleId: string): Promise<[number, unknown]> => {
  const path = `/__alga/api/extensions/${it.rows.registryId}/schedules/${scheduleId}/run`;
  const answer = await post(path, {});
  return [answer.status, await answer.json()];
};
const only = async (): Promise<Record<string, unknown>> => {
  const [, { schedules }] = await scheduler('list');
  return (schedules as Record<string, unknown>[])[0] ?? {};
};

describe('the addresses of the services', () => {
  test('the tenant comes from the install; headers that name another change nothing', async () => {
    const { tenantId } = await addEmbeddedTenant({
      connectionString: it.database.connectionString,
      name: 'Other',
    });
    const headers = {
      'x-runner-auth': it.tokens.serviceToken,
      'x-tenant-id': tenantId,
      'x-alga-tenant': tenantId,
      'x-alga-dev-tenant': tenantId,
    };
    const path = (service: string) => `/api/internal/${service}/install/${it.rows.installId}`;
    const put = { operation: 'put', namespace: 'n', key: 'k', value: 1 };
    expect((await post(path('ext-storage'), put, headers)).status).toBe(200);
    const [row] = await it.database.query('SELECT tenant FROM ext_storage_records');
    expect(row?.tenant).toBe(it.database.tenantId);
    const clients = await (await post(path('ext-clients'), { operation: 'list' }, headers)).json();
    expect((clients as { totalCount: number }).totalCount).toBe(3);
  });

  test('what they leave in the database besides: dates of an invoice, usage of the storage, the touched install', async () => {
    const { query } = it.database;
    const idIn = async (service: string, field: string): Promise<unknown> => {
      const [, { items }] = await askService(it, service, { operation: 'list' });
      return (items as Record<string, unknown>[])[0]?.[field];
    };
    const clientId = await idIn('ext-clients', 'clientId');
    const items = [
      {
        serviceId: await idIn('ext-services', 'serviceId'),
        description: 'Work',
        quantity: 1,
        rate: 1,
      },
    ];
    const today = () => new Date().toISOString().slice(0, 10);
    const dates = async (more: object): Promise<unknown> => {
      const request = { operation: 'createManualInvoice', clientId, items, ...more };
      const [, { invoice }] = await askService(it, 'ext-invoicing', request);
      const { invoiceId } = invoice as { invoiceId: string };
      const [row] = await query(
        'SELECT invoice_date::text AS date, due_date::text AS due FROM invoices WHERE invoice_id = $1',
        [invoiceId],
      );
      return row;
    };
    const days = [today()];
    const without = await dates({});
    days.push(today());
    expect(days.map((day) => ({ date: day, due: day }))).toContainEqual(without);
    expect(await dates({ invoiceDate: '2026-01-31' })).toEqual({ date: '2026-01-31', due: '2026-01-31' });
    expect(await dates({ invoiceDate: '2026-01-31', dueDate: '2026-02-28' })).toEqual({
      date: '2026-01-31',
      due: '2026-02-28',
    });

    await askService(it, 'ext-storage', { operation: 'put', namespace: 'n', key: 'k', value: 'four' });
    expect(await query('SELECT bytes_used, keys_count, namespaces_count FROM ext_storage_usage')).toEqual([
      { bytes_used: '8', keys_count: 1, namespaces_count: 1 },
    ]);

    const touched = async (): Promise<number> => {
      const [row] = await query('SELECT updated_at FROM tenant_extension_install');
      return Number(row?.updated_at);
    };
    const before = await touched();
    const scheduleId = await schedule();
    const created = await touched();
    await scheduler('update', { scheduleId, cron: '0 4 * * *' });
    const updated = await touched();
    await scheduler('delete', { scheduleId });
    const after = await touched();
    const times = [before, created, updated, after];
    expect(new Set(times).size).toBe(4);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test('no other method than POST, and no x-api-key', async () => {
    for (const service of ['ext-storage', 'ext-scheduler', 'ext-invoicing', 'ext-clients', 'ext-services']) {
      const url = `${it.host.origin}/api/internal/${service}/install/${it.rows.installId}`;
      const headers = { 'x-runner-auth': it.tokens.serviceToken };
      for (const method of ['GET', 'PUT', 'DELETE']) {
        expect((await fetch(url, { method, headers })).status).toBeGreaterThanOrEqual(404);
      }
    }
    expect(it.seen.onRequest).toEqual([]);
  });

  test('what the product’s router has no file for is served by nothing here', async () => {
    for (const [method, path] of [
      ['GET', '/api/extensions/{id}/endpoints'],
      ['GET', '/api/extensions/{id}/schedules'],
      ['POST', '/api/extensions/{id}/schedules'],
      ['PATCH', '/api/extensions/{id}/schedules/{id}'],
      ['POST', '/api/extensions/{id}/schedules/{id}/run-now'],
      ['GET', '/api/extensions/install-info?registryId={id}'],
      ['POST', '/api/extensions/reprovision'],
      ['GET', '/api/extensions/registry-db-check'],
      ['POST', '/api/v1/extensions/update'],
      ['GET', '/api/ext-storage/install/{id}/n/records'],
      ['PUT', '/api/ext-storage/install/{id}/n/records/k'],
    ] as const) {
      const url = `${it.host.origin}${path.replaceAll('{id}', it.rows.registryId)}`;
      const headers = { 'x-alga-admin': 'true', 'x-api-key': it.tokens.session };
      expect([path, (await fetch(url, { method, headers })).status]).toEqual([path, 404]);
    }
  });
});

test('storage: a guest’s value of 49 149 bytes fits as the runner sends it, one more does not', async () => {
  const put = (bytes: number) =>
    askService(it, 'ext-storage', {
      operation: 'put',
      namespace: 'n',
      key: 'k',
      value: Buffer.alloc(bytes).toString('base64'),
      metadata: { encoding: 'base64-bytes' },
    });
  expect((await put(49_149))[0]).toBe(200);
  expect(await put(49_150)).toMatchObject([400, { code: 'LIMIT_EXCEEDED' }]);
});

describe('schedules', () => {
  test('are listed by the time they were made', async () => {
    const made: string[] = [];
    for (const name of ['c', 'a', 'b']) made.push(await schedule({ name }));
    const [, { schedules }] = await scheduler('list');
    expect((schedules as { id: string }[]).map(({ id }) => id)).toEqual(made);
  });

  test('of a version without endpoints there are none to schedule', async () => {
    await it.database.query(`UPDATE extension_version SET api_endpoints = '[]'`);
    await it.database.query('DELETE FROM extension_api_endpoint');
    expect(await scheduler('getEndpoints')).toEqual([200, { endpoints: [] }]);
    expect(await scheduler('create', { endpoint: '/hello', cron: '0 3 * * *' })).toMatchObject([
      400,
      { success: false, fieldErrors: { endpoint: expect.any(String) } },
    ]);
  });

  test('an update that leaves out name and payload keeps them; the product clears them', async () => {
    const scheduleId = await schedule({ name: 'kept', payload: { a: 1 } });
    await scheduler('update', { scheduleId, cron: '5 4 * * *' });
    expect(await only()).toMatchObject({ cron: '5 4 * * *', name: 'kept', payload: { a: 1 } });
  });

  test('are switched off by a run whose endpoint is gone', async () => {
    const scheduleId = await schedule();
    await it.database.query('UPDATE tenant_extension_schedule SET endpoint_id = gen_random_uuid()');
    expect(await runNow(scheduleId)).toEqual([200, { status: 'off' }]);
    const [row] = await it.database.query('SELECT enabled FROM tenant_extension_schedule');
    expect(row?.enabled).toBe(false);
    expect(it.runner.seen).toEqual([]);
  });

  test('a run by hand is allowed five times a minute for each tenant', async () => {
    const scheduleId = await schedule();
    const statuses: number[] = [];
    for (let time = 0; time < 6; time++) statuses.push((await runNow(scheduleId))[0]);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
  });

  test.each<[string, () => void, RegExp]>([
    ['a status of 400', () => Object.assign(it.runner, { guest: () => ({ status: 400 }) }), /400/],
    [
      'more than 262 144 bytes',
      () => Object.assign(it.runner, { guest: () => ({ body: 'x'.repeat(262_145) }) }),
      /larger/,
    ],
    [
      'an empty answer',
      () => Object.assign(it.runner, { transport: (res: { end(): void }) => res.end() }),
      /nothing/,
    ],
    [
      'no JSON',
      () => Object.assign(it.runner, { transport: (res: { end(text: string): void }) => res.end('<') }),
      /</,
    ],
  ])('a run that comes to %s fails, and is tried three times', async (_name, set, text) => {
    set();
    const scheduleId = await schedule();
    expect(await runNow(scheduleId)).toMatchObject([200, { status: 'error' }]);
    expect(it.runner.seen).toHaveLength(3);
    expect(await only()).toMatchObject({ lastRunStatus: 'error', lastError: expect.stringMatching(text) });
  });

  test('a second run of the same schedule is skipped while one is on its way', async () => {
    const scheduleId = await schedule();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    it.runner.guest = async () => {
      await held;
      return {};
    };
    const first = runNow(scheduleId);
    await eventually(() => it.runner.seen.length).toBe(1);
    expect(await runNow(scheduleId)).toEqual([200, { status: 'skipped' }]);
    release();
    expect(await first).toEqual([200, { status: 'success' }]);
    expect(it.runner.seen).toHaveLength(1);
  });

  test('of an extension that is switched off do not run; the product notes a failure', async () => {
    const scheduleId = await schedule();
    await it.registry.setEnabled(it.rows.installId, false);
    expect(await runNow(scheduleId)).toEqual([404, { error: expect.stringContaining('switched off') }]);
    expect(it.runner.seen).toEqual([]);
  });

  test('of an error at most 4000 characters are kept', async () => {
    it.runner.guest = () => ({ status: 500, error: 'x'.repeat(9000) });
    await runNow(await schedule());
    expect(String((await only()).lastError).length).toBeLessThanOrEqual(4000);
  });

  test('a run with a payload of null has no body, whatever the method', async () => {
    await runNow(await schedule({ endpoint: 'POST /hello', payload: null }));
    expect(it.runner.seen[0]?.body.http).not.toHaveProperty('body_b64');
    expect(it.runner.seen[0]?.body.http).not.toHaveProperty('query');
    expect(it.runner.seen[0]?.body.http.headers).not.toHaveProperty('content-type');
  });
});

describe('/api/v1/extensions', () => {
  test('install and uninstall are refused to a tenant of another product', async () => {
    const { tenantId } = await addEmbeddedTenant({
      connectionString: it.database.connectionString,
      name: 'Desk',
      productCode: 'algadesk',
    });
    const { registryId } = await it.registry.publishRelease(
      publication(it.database.tenantId, 'x', { ...TEST_MANIFEST, name: 'com.example.other' }),
    );
    for (const [what, body] of [
      ['install', { registryId, version: '1.0.0' }],
      ['uninstall', { registryId }],
    ] as const) {
      const answer = await post(`/api/v1/extensions/${what}`, body, {
        'x-api-key': it.tokens.session,
        'x-tenant-id': tenantId,
      });
      expect([answer.status, await answer.json()]).toEqual([
        403,
        {
          error: {
            code: 'PRODUCT_ACCESS_DENIED',
            message: expect.any(String),
            details: { capability: 'extensions', productCode: 'algadesk' },
          },
        },
      ]);
    }
  });
});
