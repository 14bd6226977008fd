import { nextRun } from './schedule-times.js';

/** A schedule as far as its times go. */
export interface PlannedSchedule {
  readonly scheduleId: string;
  /** Another one means that it has to be planned anew; null that it is off. */
  readonly jobId: string | null;
  readonly cron: string;
  readonly timezone: string;
}

/** Time and timers, so that tests need not wait. */
export interface Ticker {
  now(): Date;
  /** Calls `work` after that many milliseconds; gives the function that calls it off. */
  after(ms: number, work: () => void): () => void;
}

/** Real time; its timers keep no process alive. */
export const realTicker: Ticker = {
  now: () => new Date(),
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Timers of a longer time are set again in between: they are limited, and laptops sleep. */
const LONGEST_WAIT_MS = 600_000;

interface Plan<S> {
  schedule: S;
  due: Date;
  cancel: () => void;
}

/** Calls back when schedules are due. A time that passed while the machine slept fires once, on waking. */
export class ScheduleClock<S extends PlannedSchedule> {
  readonly #onDue: (schedule: S) => void;
  readonly #ticker: Ticker;
  readonly #plans = new Map<string, Plan<S>>();

  constructor(onDue: (schedule: S) => void, ticker: Ticker = realTicker) {
    this.#onDue = onDue;
    this.#ticker = ticker;
  }

  /** Takes these schedules as all there are: new and changed ones are planned, the others keep their times. */
  plan(schedules: readonly S[]): void {
    const wanted = new Map(schedules.filter(({ jobId }) => jobId !== null).map((s) => [s.scheduleId, s]));
    for (const [id, plan] of this.#plans) {
      const now = wanted.get(id);
      if (now?.jobId === plan.schedule.jobId) plan.schedule = now;
      else this.#drop(id, plan);
    }
    for (const [id, schedule] of wanted) if (!this.#plans.has(id)) this.#start(schedule, this.#ticker.now());
  }

  stop(): void {
    for (const [id, plan] of this.#plans) this.#drop(id, plan);
  }

  #start(schedule: S, after: Date): void {
    const due = nextRun(schedule.cron, schedule.timezone, after);
    if (due === undefined) return;
    const plan: Plan<S> = { schedule, due, cancel: () => undefined };
    this.#plans.set(schedule.scheduleId, plan);
    this.#wait(plan);
  }

  #wait(plan: Plan<S>): void {
    const left = plan.due.getTime() - this.#ticker.now().getTime();
    const pause = Math.min(Math.max(left, 0), LONGEST_WAIT_MS);
    plan.cancel = this.#ticker.after(pause, () => {
      if (this.#ticker.now() < plan.due) this.#wait(plan);
      else this.#fire(plan);
    });
  }

  #fire(plan: Plan<S>): void {
    this.#plans.delete(plan.schedule.scheduleId);
    this.#start(plan.schedule, this.#ticker.now());
    this.#onDue(plan.schedule);
  }

  #drop(id: string, plan: Plan<S>): void {
    plan.cancel();
    this.#plans.delete(id);
  }
}
