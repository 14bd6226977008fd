import type { RegistryId, TenantId } from '../../core/ids.js';
import type { ScheduledJob, SchedulerService } from '../../registry/index.js';
import { TokenBuckets } from '../gateway/token-bucket.js';
import { ScheduleClock, type Ticker } from './schedule-clock.js';
import type { RunResult, ScheduleRuns } from './schedule-runs.js';

/** How often the database is looked at for schedules that something else changed. */
const LOOK_MS = 30_000;

export interface SchedulerOptions {
  readonly service: Pick<SchedulerService, 'jobs'>;
  readonly runs: ScheduleRuns;
  /** The extensions whose schedules this process runs; another session runs those of its own. */
  readonly owned: () => readonly { registryId: RegistryId; tenantId: TenantId }[];
  readonly ticker?: Ticker;
}

/** Lets schedules really fire while the session runs. */
export class LocalScheduler {
  readonly #options: SchedulerOptions;
  readonly #clock: ScheduleClock<ScheduledJob>;
  readonly #runNowLimit = new TokenBuckets({ capacity: 5, refillPerSecond: 5 / 60 });
  readonly #running = new Set<Promise<unknown>>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #stopped = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#clock = new ScheduleClock((job) => void this.#run(job), options.ticker);
  }

  start(): void {
    this.#timer = setInterval(() => this.refresh(), LOOK_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#options.runs.stop();
    clearInterval(this.#timer);
    this.#clock.stop();
    await this.#looking;
    await Promise.allSettled(this.#running);
  }

  /** Plans anew what is in the database; call when something changed. */
  refresh(): void {
    if (this.#stopped) return;
    if (this.#looking) {
      this.#lookAgain = true;
      return;
    }
    this.#looking = this.#look().finally(() => {
      this.#looking = undefined;
      if (!this.#lookAgain) return;
      this.#lookAgain = false;
      this.refresh();
    });
  }

  /** Runs a schedule of the tenant now, whenever it is due; undefined when there is none, 'limited' beyond five a minute. */
  async runNow(tenantId: TenantId, scheduleId: string): Promise<RunResult | 'limited' | undefined> {
    const jobs = await this.#options.service.jobs(tenantId);
    const job = jobs.find((known) => known.scheduleId === scheduleId);
    if (!job) return undefined;
    if (!this.#runNowLimit.take(tenantId).allowed) return 'limited';
    return this.#run(job);
  }

  #run(job: ScheduledJob): Promise<RunResult> {
    const running = this.#options.runs.run(job).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }

  async #look(): Promise<void> {
    const owned = this.#options.owned();
    const mine = new Set(owned.map(({ registryId, tenantId }) => `${tenantId}:${registryId}`));
    const tenants = [...new Set(owned.map(({ tenantId }) => tenantId))];
    try {
      const jobs = (
        await Promise.all(tenants.map((tenantId) => this.#options.service.jobs(tenantId)))
      ).flat();
      if (!this.#stopped)
        this.#clock.plan(jobs.filter((job) => mine.has(`${job.tenantId}:${job.registryId}`)));
    } catch {
      // The database is away for a moment: what is planned stays planned until the next look.
    }
  }
}
