import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { InstallId } from '../../src/core/ids.js';
import { createRegistry, type Registry, type SchedulerService } from '../../src/registry/index.js';
import { startTestServer, type TestDatabase, type TestServer } from './support/database.js';
import { publication } from './support/publication.js';

let server: TestServer;
let database: TestDatabase;
let registry: Registry;
let scheduler: SchedulerService;
let installId: InstallId;

const endpoints = [
  { method: 'GET', path: '/both', handler: 'm' },
  { method: 'POST', path: '/both', handler: 'm' },
  { method: 'GET', path: '/report', handler: 'm' },
  { method: 'PUT', path: '/put', handler: 'm' },
  { method: 'POST', path: '/items/:id', handler: 'm' },
];

beforeAll(async () => {
  server = await startTestServer();
  database = await server.database();
});
afterAll(() => server.stop());
beforeEach(async () => {
  await registry?.close();
  await database.clear();
  registry = createRegistry(database);
  scheduler = registry.services.scheduler;
  ({ installId } = await registry.publish(publication(database.tenantId, 'a', { api: { endpoints } })));
});
afterAll(() => registry.close());

const create = (more: Record<string, unknown> = {}): ReturnType<SchedulerService['create']> =>
  scheduler.create(installId, { endpoint: '/report', cron: '0 * * * *', ...more });

describe('create', () => {
  test('stores a schedule that list and get show', async () => {
    const payload = { deep: ['ü', null] };
    const { scheduleId } = await create({ name: ' Nightly ', timezone: 'Europe/Vienna', payload });
    const schedule = {
      id: scheduleId,
      endpointPath: '/report',
      endpointMethod: 'GET',
      name: 'Nightly',
      cron: '0 * * * *',
      timezone: 'Europe/Vienna',
      enabled: true,
      payload,
      lastRunAt: null,
      lastRunStatus: null,
      lastError: null,
      createdAt: expect.stringMatching(/Z$/),
    };
    expect(await scheduler.list(installId)).toEqual({ schedules: [schedule] });
    expect(await scheduler.get(installId, { scheduleId })).toEqual({ schedule });
  });

  test.each([
    ['report', 'GET', '/report'],
    ['//report', 'GET', '/report'],
    ['get /report', 'GET', '/report'],
    ['POST /both', 'POST', '/both'],
    ['GET  both', 'GET', '/both'],
  ])('finds the endpoint %j', async (endpoint, method, path) => {
    await create({ endpoint });
    const { schedules } = await scheduler.list(installId);
    expect(schedules).toMatchObject([{ endpointMethod: method, endpointPath: path }]);
  });

  test.each<[string, Record<string, unknown>, string | undefined]>([
    ['an unknown endpoint', { endpoint: '/nowhere' }, 'endpoint'],
    ['another method', { endpoint: 'POST /report' }, 'endpoint'],
    ['a method that cannot be scheduled', { endpoint: '/put' }, 'endpoint'],
    ['a path with a parameter', { endpoint: '/items/:id' }, 'endpoint'],
    ['a cron that is too frequent', { cron: '*/2 * * * *' }, 'cron'],
    ['an unknown time zone', { timezone: 'Mars/Olympus' }, 'timezone'],
    ['a scalar payload', { payload: 'text' }, 'payload'],
    ['a cron no job can be made of', { cron: '99 * * * *' }, undefined],
  ])('refuses %s', async (_, more, field) => {
    await expect(create(more)).rejects.toMatchObject({
      status: 400,
      body: {
        success: false,
        error: expect.any(String),
        ...(field && { fieldErrors: { [field]: expect.any(String) } }),
      },
    });
    expect(await scheduler.list(installId)).toEqual({ schedules: [] });
  });

  test('a name is taken once; schedules without a name are many', async () => {
    await create({ name: 'a' });
    await expect(create({ name: ' a ' })).rejects.toMatchObject({
      body: { fieldErrors: { name: expect.any(String) } },
    });
    await create();
    await create({ name: '  ' });
    expect((await scheduler.list(installId)).schedules).toHaveLength(3);
  });

  test('a body that does not fit the schema has no code', async () => {
    await expect(scheduler.create(installId, { endpoint: '/report' })).rejects.toMatchObject({
      status: 400,
      code: null,
      body: { error: 'Validation error', details: { fieldErrors: { cron: [expect.any(String)] } } },
    });
  });

  test('fifty schedules are the most', async () => {
    const { endpoints: rows } = await scheduler.getEndpoints(installId);
    await database.query(
      `INSERT INTO tenant_extension_schedule (install_id, tenant_id, endpoint_id, cron)
       SELECT $1, $2, $3, '0 * * * *' FROM generate_series(1, 49)`,
      [installId, database.tenantId, rows[0]?.id],
    );
    await create();
    await expect(create()).rejects.toMatchObject({ status: 400, body: { success: false } });
  });

  test('the eleventh change within a minute is refused', async () => {
    for (let n = 0; n < 10; n += 1) await create().catch(() => undefined);
    await expect(create()).rejects.toMatchObject({
      status: 429,
      body: { error: expect.any(String), code: 'RATE_LIMITED', details: null },
    });
    await expect(scheduler.list(installId)).resolves.toBeDefined();
  });
});

describe('update and delete', () => {
  test('change what is given and keep the rest', async () => {
    const { scheduleId } = await create({ name: 'a', payload: [1] });
    await scheduler.update(installId, { scheduleId, cron: '30 2 * * *', enabled: false });
    expect((await scheduler.get(installId, { scheduleId })).schedule).toMatchObject({
      name: 'a',
      payload: [1],
      cron: '30 2 * * *',
      enabled: false,
      endpointPath: '/report',
    });
    await scheduler.update(installId, { scheduleId, name: null, payload: null, endpoint: 'POST /both' });
    expect((await scheduler.get(installId, { scheduleId })).schedule).toMatchObject({
      name: null,
      payload: null,
      endpointMethod: 'POST',
    });
  });

  test("with the product's defects shown, what is left out is wiped", async () => {
    const { scheduleId } = await create({ name: 'a', payload: [1] });
    const odd = createRegistry({ ...database, quirks: true });
    await odd.services.scheduler.update(installId, { scheduleId, cron: '30 2 * * *' });
    expect((await scheduler.get(installId, { scheduleId })).schedule).toMatchObject({
      name: null,
      payload: null,
    });
    await odd.close();
  });

  test('give the schedule a new job only when it runs at other times', async () => {
    const { scheduleId } = await create();
    const job = async (): Promise<string | null | undefined> =>
      (await scheduler.jobs(database.tenantId)).find((one) => one.scheduleId === scheduleId)?.jobId;
    const first = await job();
    expect(first).toEqual(expect.any(String));
    await scheduler.update(installId, { scheduleId, name: 'renamed' });
    expect(await job()).toBe(first);
    await scheduler.update(installId, { scheduleId, timezone: 'Asia/Tokyo' });
    expect(await job()).not.toBe(first);
    await scheduler.update(installId, { scheduleId, enabled: false });
    expect(await job()).toBeNull();
  });

  test('of an unknown schedule fail with 400, reading it gives null', async () => {
    const scheduleId = '11111111-1111-4111-8111-111111111111';
    for (const call of [scheduler.update, scheduler.delete]) {
      await expect(call(installId, { scheduleId })).rejects.toMatchObject({
        status: 400,
        body: { success: false },
      });
    }
    expect(await scheduler.get(installId, { scheduleId })).toEqual({ schedule: null });
    await expect(scheduler.get(installId, { scheduleId: 'x' })).rejects.toMatchObject({
      status: 400,
      code: null,
    });
  });

  test('delete removes it', async () => {
    const { scheduleId } = await create();
    expect(await scheduler.delete(installId, { scheduleId })).toEqual({ success: true });
    expect(await scheduler.list(installId)).toEqual({ schedules: [] });
  });
});

describe('endpoints', () => {
  test('say which of them can be scheduled', async () => {
    const { endpoints: found } = await scheduler.getEndpoints(installId);
    expect(found.map(({ id: _, handler: __, ...one }) => one)).toEqual([
      { method: 'GET', path: '/both', schedulable: true },
      { method: 'POST', path: '/both', schedulable: true },
      { method: 'POST', path: '/items/:id', schedulable: false },
      { method: 'PUT', path: '/put', schedulable: false },
      { method: 'GET', path: '/report', schedulable: true },
    ]);
  });

  test('are made from the version when another tool wrote no rows', async () => {
    await database.query('DELETE FROM extension_api_endpoint');
    await create({ endpoint: '/report' });
    expect((await scheduler.getEndpoints(installId)).endpoints).toHaveLength(5);
  });
});

describe('runs', () => {
  test('a job names everything a run needs, and its outcome is kept', async () => {
    const { scheduleId } = await create({ payload: { a: 1 } });
    const [job] = await scheduler.jobs(database.tenantId);
    expect(job).toMatchObject({
      scheduleId,
      installId,
      tenantId: database.tenantId,
      endpoint: { method: 'GET', path: '/report' },
      payload: { a: 1 },
      enabled: true,
    });
    await scheduler.recordRun(scheduleId, { status: 'error', error: 'x'.repeat(5000) });
    let [info] = (await scheduler.list(installId)).schedules;
    expect(info).toMatchObject({ lastRunStatus: 'error', lastError: 'x'.repeat(4000) });
    await scheduler.recordRun(scheduleId, { status: 'success' });
    [info] = (await scheduler.list(installId)).schedules;
    expect(info).toMatchObject({ lastRunStatus: 'success', lastError: null });
    await scheduler.switchOff(scheduleId);
    expect(await scheduler.jobs(database.tenantId)).toMatchObject([{ enabled: false, jobId: null }]);
  });

  test('what is due is run by one of several processes, each time anew', async () => {
    const { scheduleId } = await create();
    const claim = (minute: number) =>
      scheduler.claimRun(scheduleId, new Date(Date.UTC(2100, 0, 1, 0, minute)));
    const claims = await Promise.all([claim(0), claim(0), claim(0)]);
    expect(claims.filter(Boolean)).toHaveLength(1);
    expect([await claim(0), await claim(1), await claim(1)]).toEqual([false, true, false]);
  });

  test('a schedule without its endpoint is a job without one', async () => {
    await create();
    await database.query('DELETE FROM extension_api_endpoint');
    expect(await scheduler.jobs(database.tenantId)).toMatchObject([{ endpoint: undefined }]);
    expect(await scheduler.list(installId)).toEqual({ schedules: [] });
  });

  test('a disabled install has no scheduler and no jobs', async () => {
    await create();
    await registry.setEnabled(installId, false);
    await expect(scheduler.list(installId)).rejects.toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect(await scheduler.jobs(database.tenantId)).toEqual([]);
  });
});
