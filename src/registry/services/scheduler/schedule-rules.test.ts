import { expect, test } from 'vitest';
import { checkedCron, checkedName, checkedPayload, checkedTimezone, requireJob } from './schedule-rules.js';

test.each([
  '0 * * * *',
  '*/5 * * * *',
  '0-59 * * * *',
  '0,1,2 * * * *',
  '* 1 * * *',
  '*/2 * 1 * *',
  '99 99 * * *',
])('the cron %s passes', (cron) => expect(checkedCron(` ${cron}  `)).toBe(cron));

test.each([
  '* * * * *',
  '*/1 * * * *',
  '*/4 * * * *',
  '0 0 1 * 1',
  '0 * * *',
  '0 0 * * * *',
  '0 0 * JAN *',
  '0 0 L * *',
  '@hourly',
  '',
])('the cron %j is refused', (cron) => {
  expect(() => checkedCron(cron)).toThrow(expect.objectContaining({ status: 400, code: null }));
});

test('a schedule that is on must be able to run; one that is off need not', () => {
  const timezone = 'UTC';
  expect(() => requireJob({ cron: '99 0 * * *', timezone, enabled: false })).not.toThrow();
  expect(() => requireJob({ cron: '99 0 * * *', timezone, enabled: true })).toThrow(/cannot run/);
  expect(() => requireJob({ cron: '0 0 31 2 *', timezone, enabled: true })).toThrow(/cannot run/);
  expect(() => requireJob({ cron: '0 0 29 2 *', timezone, enabled: true })).not.toThrow();
});

test('time zones are the ones the runtime knows', () => {
  expect(checkedTimezone(undefined)).toBe('UTC');
  expect(checkedTimezone(' Europe/Vienna ')).toBe('Europe/Vienna');
  expect(() => checkedTimezone('Mars/Olympus')).toThrow('Unknown time zone');
});

test('names are trimmed and an empty one is none', () => {
  expect([checkedName(' a '), checkedName('  '), checkedName(null)]).toEqual(['a', null, null]);
  expect(() => checkedName('x'.repeat(129))).toThrow(/128/);
});

test('payloads are objects or arrays of limited size', () => {
  expect([checkedPayload({ a: 1 }), checkedPayload([]), checkedPayload(undefined)]).toEqual([
    { a: 1 },
    [],
    null,
  ]);
  for (const scalar of ['text', 7, true]) expect(() => checkedPayload(scalar)).toThrow(/object or an array/);
  expect(() => checkedPayload(['x'.repeat(100_000)])).toThrow(/100000/);
});
