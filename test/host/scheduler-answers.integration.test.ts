import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../registry/support/database.js';
import { ALL_SERVICES, askService } from './support/guest-services.js';
import { startTestHost, TEST_MANIFEST, type TestHost } from './support/test-host.js';

let server: TestServer;
let it: TestHost;

beforeAll(async () => {
  server = await startTestServer();
});
// Changes are counted per install for a minute, so each test has a host of its own.
beforeEach(async () => {
  it = await startTestHost(server, { manifest: { capabilities: ALL_SERVICES } });
  return () => it.stop();
});
afterAll(() => server?.stop());

const NOBODY = '0b0b0204-25d9-47d0-951b-3ed518145469';
const text = expect.any(String);
const scheduler = (operation: string, body: Record<string, unknown> = {}) =>
  askService(it, 'ext-scheduler', { operation, ...body });
const create = (more: Record<string, unknown> = {}) =>
  scheduler('create', { endpoint: '/hello', cron: '0 3 * * *', ...more });
const only = async (): Promise<Record<string, unknown>> => {
  const [, { schedules }] = await scheduler('list');
  return (schedules as Record<string, unknown>[])[0] ?? {};
};
/** Refused by the rules of schedules, with the field where there is one. */
const refused = (field?: string) => [
  400,
  { success: false, error: text, ...(field ? { fieldErrors: { [field]: text } } : {}) },
];
/** Refused by the shape of the body. */
const misshapen = (field: string) => [
  400,
  { error: 'Validation error', details: { formErrors: [], fieldErrors: { [field]: [text] } } },
];

test('a schedule, field by field, in list and get', async () => {
  const [, { scheduleId }] = await create({ endpoint: 'POST hello', name: ' daily ', payload: { a: 1 } });
  const info = {
    id: scheduleId,
    endpointPath: '/hello',
    endpointMethod: 'POST',
    name: 'daily',
    cron: '0 3 * * *',
    timezone: 'UTC',
    enabled: true,
    payload: { a: 1 },
    lastRunAt: null,
    lastRunStatus: null,
    lastError: null,
    createdAt: text,
  };
  expect(await scheduler('list')).toEqual([200, { schedules: [info] }]);
  expect(await scheduler('get', { scheduleId })).toEqual([200, { schedule: info }]);
  expect(await scheduler('get', { scheduleId: NOBODY })).toEqual([200, { schedule: null }]);
});

test('a schedule whose endpoint row is gone is in neither', async () => {
  const [, { scheduleId }] = await create();
  await it.database.query('UPDATE tenant_extension_schedule SET endpoint_id = gen_random_uuid()');
  expect(await scheduler('list')).toEqual([200, { schedules: [] }]);
  expect(await scheduler('get', { scheduleId })).toEqual([200, { schedule: null }]);
});

test('endpoints: only GET and POST without parameters can be scheduled', async () => {
  const [status, { endpoints }] = await scheduler('getEndpoints');
  const brief = (endpoints as Record<string, unknown>[]).map(({ method, path, schedulable }) => [
    `${method} ${path}`,
    schedulable,
  ]);
  expect(status).toBe(200);
  expect((endpoints as object[])[0]).toEqual({
    id: text,
    method: text,
    path: '/hello',
    handler: 'dist/main',
    schedulable: expect.any(Boolean),
  });
  expect(Object.fromEntries(brief)).toEqual({
    'GET /hello': true,
    'POST /hello': true,
    'PUT /hello': false,
    'PATCH /hello': false,
    'DELETE /hello': false,
    'GET /items/:id': false,
    'GET /items/special': true,
  });
  expect(brief).toHaveLength(TEST_MANIFEST.api?.endpoints.length ?? 0);
});

test('update changes what is given; delete removes; both answer 400 for a stranger', async () => {
  const [, { scheduleId }] = await create({ name: 'n', payload: [1] });
  expect(await scheduler('update', { scheduleId, cron: '5 4 * * *', enabled: false })).toEqual([
    200,
    { success: true },
  ]);
  expect(await only()).toMatchObject({ cron: '5 4 * * *', enabled: false, name: 'n', payload: [1] });
  await scheduler('update', { scheduleId, name: null, payload: null });
  expect(await only()).toMatchObject({ name: null, payload: null });
  expect(await scheduler('delete', { scheduleId })).toEqual([200, { success: true }]);
  expect(await scheduler('delete', { scheduleId })).toEqual(refused());
  expect(await scheduler('update', { scheduleId, enabled: true })).toEqual(refused());
});

test('a name is taken once for each install', async () => {
  await create({ name: 'same' });
  expect(await create({ name: ' same ' })).toEqual(refused('name'));
  expect((await create({ name: ' ' }))[0]).toBe(201);
  expect((await create())[0]).toBe(201);
});

test('the eleventh change in a minute is 429, also for a stranger’s id', async () => {
  for (let count = 0; count < 10; count++) await scheduler('delete', { scheduleId: NOBODY });
  const limited = [429, { error: text, code: 'RATE_LIMITED', details: null }];
  expect(await scheduler('delete', { scheduleId: NOBODY })).toEqual(limited);
  expect(await create()).toEqual(limited);
  expect((await scheduler('list'))[0]).toBe(200);
});

test('the fifty-first schedule is 400, not 429', async () => {
  await create({ enabled: false });
  await it.database.query(
    `INSERT INTO tenant_extension_schedule
       SELECT (jsonb_populate_record(s, jsonb_build_object('id', gen_random_uuid()))).*
         FROM tenant_extension_schedule s, generate_series(1, 49)`,
  );
  expect(await create()).toEqual(refused());
});

describe('cron and time zone', () => {
  test.each<[Record<string, unknown>, string]>([
    [{ cron: '0 3 * *' }, 'cron'],
    [{ cron: '0 3 * * * *' }, 'cron'],
    [{ cron: '0 3 * * MON' }, 'cron'],
    [{ cron: '0 3 1 * 1' }, 'cron'],
    [{ cron: '* * * * *' }, 'cron'],
    [{ cron: '*/4 * * * *' }, 'cron'],
    [{ timezone: 'Mars/Base' }, 'timezone'],
    [{ payload: 'text' }, 'payload'],
    [{ payload: 7 }, 'payload'],
    [{ payload: ['x'.repeat(100_000)] }, 'payload'],
  ])('refused (%#): %o', async (more, field) => {
    expect(await create(more)).toEqual(refused(field));
  });

  test('what passes', async () => {
    const passing = [
      { cron: ' 0  3 * * * ' },
      { cron: '*/5 * * * *' },
      { cron: '0-59 * * * *' },
      { cron: '1,31 8-17 * * 1-5' },
      { timezone: 'America/New_York' },
      { payload: null },
      { payload: [] },
    ];
    for (const more of passing) expect([more, (await create(more))[0]]).toEqual([more, 201]);
  });
});

describe('endpoint selectors', () => {
  test('what is found', async () => {
    for (const endpoint of ['/hello', 'hello', 'GET /hello', 'post //hello', 'GET items/special']) {
      expect([endpoint, (await create({ endpoint }))[0]]).toEqual([endpoint, 201]);
    }
  });

  test('what is not', async () => {
    for (const endpoint of ['/nope', 'PUT /hello', 'GET /items/:id', 'GET hello/', 'FETCH /hello']) {
      expect([endpoint, await create({ endpoint })]).toEqual([endpoint, refused('endpoint')]);
    }
  });
});

test('a body of another shape is 400 without a code, and not counted as a change', async () => {
  const long = 'x'.repeat(129);
  const cases: [string, Record<string, unknown>, string][] = [
    ['create', { endpoint: '' }, 'endpoint'],
    ['create', { endpoint: long + long }, 'endpoint'],
    ['create', { cron: '' }, 'cron'],
    ['create', { cron: long }, 'cron'],
    ['create', { timezone: 'x'.repeat(65) }, 'timezone'],
    ['create', { name: long }, 'name'],
    ['create', { enabled: 'yes' }, 'enabled'],
    ['update', { scheduleId: '7' }, 'scheduleId'],
    ['delete', { scheduleId: NOBODY.replace('-47d0', '-77d0') }, 'scheduleId'],
    ['get', {}, 'scheduleId'],
    ['delete', { scheduleId: null }, 'scheduleId'],
  ];
  for (const [operation, more, field] of cases) {
    const answer = await (operation === 'create' ? create(more) : scheduler(operation, more));
    expect([more, answer]).toEqual([more, misshapen(field)]);
  }
  expect((await create())[0]).toBe(201);
});
