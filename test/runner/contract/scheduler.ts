import { describe, expect, test } from 'vitest';
import { answered, bodyOf, type HostFunction } from './host-calls.js';
import { subject } from './subject.js';

describe('scheduler', () => {
  const grants = { grants: ['cap:scheduler.manage'] };
  const create: HostFunction = ['scheduler', 'createSchedule'];
  const update: HostFunction = ['scheduler', 'updateSchedule'];
  const schedule = {
    id: 's1',
    endpoint_path: '/sync',
    endpointMethod: 'POST',
    cron: '0 0 * * *',
    timezone: 'UTC',
    enabled: true,
    name: null,
    payload: { a: 1 },
    last_run_at: '2026-01-01T00:00:00Z',
  };
  const info = {
    id: 's1',
    endpointPath: '/sync',
    endpointMethod: 'POST',
    cron: '0 0 * * *',
    timezone: 'UTC',
    enabled: true,
    payload: '{"a":1}',
    lastRunAt: '2026-01-01T00:00:00Z',
  };

  test('list and get: malformed items are left out', async () => {
    const list: HostFunction = ['scheduler', 'listSchedules'];
    const schedules = [schedule, { id: 'broken' }, { ...schedule, id: 's2', payload: 'text' }];
    expect(await answered(list, [], { body: { schedules } }, grants)).toEqual({
      ok: [info, { ...info, id: 's2', payload: 'text' }],
    });
    const get: HostFunction = ['scheduler', 'getSchedule'];
    expect(await answered(get, ['s1'], { body: { schedule } }, grants)).toEqual({ ok: info });
    expect(await answered(get, ['s1'], { body: { schedule: null } }, grants)).toEqual({ ok: null });
    expect(await answered(get, ['s1'], { status: 404 }, grants)).toEqual({ thrown: 'not-found' });
    expect(subject.host.take().map(bodyOf).slice(0, 2)).toEqual([
      { operation: 'list' },
      { operation: 'get', scheduleId: 's1' },
    ]);
    const endpoints: HostFunction = ['scheduler', 'getEndpoints'];
    const endpoint = { id: 'e', method: 'GET', path: '/x', handler: 'h', schedulable: true };
    expect(await answered(endpoints, [], { body: { endpoints: [endpoint, 1] } }, grants)).toEqual({
      ok: [endpoint],
    });
  });

  test.each([
    [400, 'validation-failed'],
    [403, 'denied'],
    [404, 'not-found'],
    [409, 'internal'],
    [429, 'quota-exceeded'],
    [500, 'internal'],
  ])('a status of %i is the error %s', async (status, error) => {
    expect(await answered(['scheduler', 'getEndpoints'], [], { status }, grants)).toEqual({ thrown: error });
    expect(await answered(create, [{ endpoint: '/e', cron: 'c' }], { status }, grants)).toEqual({
      ok: {
        success: false,
        error: expect.stringMatching(
          new RegExp(`^SchedulerError \\{ code: \\d, name: "${error}", message: "" \\}$`),
        ),
      },
    });
  });

  test('create and update: payload travels as JSON, absent fields not at all', async () => {
    const input = { endpoint: 'POST /sync', cron: '0 0 * * *', enabled: false, payload: '{"a":[1]}' };
    const created = { status: 201, body: { success: true, schedule_id: 's9' } };
    expect(await answered(create, [input], created, grants)).toEqual({
      ok: { success: true, scheduleId: 's9' },
    });
    const changed = { body: { success: true } };
    expect(await answered(update, ['s9', { name: 'n', payload: 'null' }], changed, grants)).toEqual({
      ok: { success: true },
    });
    await answered(update, ['s9', { payload: '' }], changed, grants);
    await answered(['scheduler', 'deleteSchedule'], ['s9'], changed, grants);
    expect(subject.host.take().map(bodyOf)).toEqual([
      { operation: 'create', endpoint: 'POST /sync', cron: '0 0 * * *', enabled: false, payload: { a: [1] } },
      { operation: 'update', scheduleId: 's9', name: 'n', payload: null },
      { operation: 'update', scheduleId: 's9', payload: null },
      { operation: 'delete', scheduleId: 's9' },
    ]);
  });

  test('a payload that is no JSON never reaches the host', async () => {
    const message = 'Payload must be valid JSON object or array';
    const input = { endpoint: '/e', cron: 'c', payload: '{nope' };
    expect(await subject.hostCall(create, [input], grants)).toEqual({
      ok: { success: false, error: message, fieldErrors: JSON.stringify({ payload: message }) },
    });
    expect(subject.host.take()).toEqual([]);
  });

  test('field errors in a 400 reach the guest', async () => {
    const body = { success: false, error: 'Invalid cron', fieldErrors: { cron: 'Too frequent' } };
    const expected = {
      ok: { success: false, error: 'Invalid cron', fieldErrors: '{"cron":"Too frequent"}' },
    };
    const input = { endpoint: '/e', cron: '* * * * *' };
    expect(await answered(create, [input], { status: 400, body }, grants)).toEqual(expected);
    expect(await answered(update, ['s', input], { status: 400, body }, grants)).toEqual(expected);
    expect(await answered(create, [input], { status: 200, body }, grants)).toEqual(expected);
    const nothing = { body: { success: false, fieldErrors: null } };
    expect(await answered(create, [input], nothing, grants)).toEqual({
      ok: { success: false, fieldErrors: 'null' },
    });
  });
});
