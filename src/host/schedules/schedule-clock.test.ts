import { expect, test } from 'vitest';
import { type PlannedSchedule, ScheduleClock, type Ticker } from './schedule-clock.js';
import { nextRun } from './schedule-times.js';

/** A clock that goes on when told. */
class HandTicker implements Ticker {
  time = Date.parse('2026-11-21T10:00:30Z');
  #waiting: { at: number; work: () => void }[] = [];

  now(): Date {
    return new Date(this.time);
  }

  after(ms: number, work: () => void): () => void {
    const entry = { at: this.time + ms, work };
    this.#waiting.push(entry);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== entry);
    };
  }

  get timers(): number {
    return this.#waiting.length;
  }

  /** Goes on by so many milliseconds, ringing every timer at its time. */
  pass(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const next = this.#waiting.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#waiting = this.#waiting.filter((other) => other !== next);
      this.time = Math.max(this.time, next.at);
      next.work();
    }
    this.time = end;
  }

  /** The machine sleeps: time passes, no timer rings until it wakes. */
  sleep(ms: number): void {
    this.time += ms;
    this.pass(0);
  }
}

const HOUR = 3_600_000;
const schedule = (changes: Partial<PlannedSchedule> = {}): PlannedSchedule => ({
  scheduleId: 's',
  jobId: 'j1',
  cron: '0 * * * *',
  timezone: 'UTC',
  ...changes,
});

function clock(): { ticker: HandTicker; clock: ScheduleClock<PlannedSchedule>; rung: string[] } {
  const ticker = new HandTicker();
  const rung: string[] = [];
  const made = new ScheduleClock<PlannedSchedule>(
    ({ scheduleId }) => rung.push(`${scheduleId} ${ticker.now().toISOString().slice(11, 16)}`),
    ticker,
  );
  return { ticker, clock: made, rung };
}

test('fires at each time', () => {
  const { ticker, clock: made, rung } = clock();
  made.plan([schedule()]);
  ticker.pass(2 * HOUR);
  expect(rung).toEqual(['s 11:00', 's 12:00']);
});

test('the same schedules again change nothing; another job is planned anew; null and gone ones stop', () => {
  const { ticker, clock: made, rung } = clock();
  made.plan([schedule()]);
  ticker.pass(HOUR / 4);
  made.plan([schedule()]);
  expect(ticker.timers).toBe(1);
  made.plan([schedule({ jobId: 'j2', cron: '30 * * * *' })]);
  ticker.pass(HOUR);
  expect(rung).toEqual(['s 10:30']);
  made.plan([schedule({ jobId: null })]);
  expect(ticker.timers).toBe(0);
  made.plan([schedule()]);
  made.plan([]);
  ticker.pass(5 * HOUR);
  expect(rung).toHaveLength(1);
});

test('a night of sleep fires once on waking', () => {
  const { ticker, clock: made, rung } = clock();
  made.plan([schedule()]);
  ticker.sleep(9 * HOUR);
  expect(rung).toEqual(['s 19:00']);
});

test('stopping leaves no timer', () => {
  const { ticker, clock: made } = clock();
  made.plan([schedule(), schedule({ scheduleId: 't' })]);
  made.stop();
  expect(ticker.timers).toBe(0);
});

test('time zones and summer time are kept; values out of range never run', () => {
  const after = new Date('2026-03-28T12:00:00Z');
  expect(nextRun('0 3 * * *', 'Europe/Berlin', after)?.toISOString()).toBe('2026-03-29T01:00:00.000Z');
  expect(nextRun('0 9 * * *', 'America/New_York', after)?.toISOString()).toBe('2026-03-28T13:00:00.000Z');
  expect(nextRun('99 * * * *', 'UTC', after)).toBeUndefined();
  expect(nextRun('0 0 30 2 *', 'UTC', after)).toBeUndefined();
});
