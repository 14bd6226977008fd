import type { RegistryId, TenantId } from '../../core/ids.js';
import type { ScheduledJob, SchedulerService } from '../../registry/index.js';
import { TokenBuckets } from '../gateway/token-bucket.js';
import { realTicker, ScheduleClock, type Ticker } from './schedule-clock.js';
import type { RunResult, ScheduleRuns } from './schedule-runs.js';

/** How often the database is looked at for schedules that something else changed. */
const LOOK_MS = 30_000;
/** How long another session has to take a schedule of an extension that it works on. */
const COURTESY_MS = 3000;
const MINUTE_MS = 60_000;

export interface SchedulerOptions {
  readonly service: Pick<SchedulerService, 'jobs' | 'claimRun'>;
  readonly runs: ScheduleRuns;
  /**
   * The extensions this process works on. Their schedules it runs at once; those of their tenants'
   * other extensions only when no other session did.
   */
  readonly owned: () => readonly { registryId: RegistryId; tenantId: TenantId }[];
  readonly ticker?: Ticker;
}

/** Lets schedules really fire while the session runs. */
export class LocalScheduler {
  readonly #options: SchedulerOptions;
  readonly #clock: ScheduleClock<ScheduledJob>;
  readonly #runNowLimit = new TokenBuckets({ capacity: 5, refillPerSecond: 5 / 60 });
  readonly #ticker: Ticker;
  readonly #running = new Set<Promise<unknown>>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #stopped = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#ticker = options.ticker ?? realTicker;
    this.#clock = new ScheduleClock((job) => this.#due(job), this.#ticker);
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

  #due(job: ScheduledJob): void {
    const due = new Date(Math.floor(this.#ticker.now().getTime() / MINUTE_MS) * MINUTE_MS);
    const own = this.#options
      .owned()
      .some(({ registryId, tenantId }) => registryId === job.registryId && tenantId === job.tenantId);
    this.#ticker.after(own ? 0 : COURTESY_MS, () => void this.#claim(job, due));
  }

  async #claim(job: ScheduledJob, due: Date): Promise<void> {
    if (this.#stopped) return;
    // A database that is away for a moment can neither give nor note a run.
    const mine = await this.#options.service.claimRun(job.scheduleId, due).catch(() => false);
    if (mine && !this.#stopped) await this.#run(job);
  }

  #run(job: ScheduledJob): Promise<RunResult> {
    const running = this.#options.runs.run(job).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return running;
  }

  async #look(): Promise<void> {
    const tenants = [...new Set(this.#options.owned().map(({ tenantId }) => tenantId))];
    try {
      const jobs = (
        await Promise.all(tenants.map((tenantId) => this.#options.service.jobs(tenantId)))
      ).flat();
      if (!this.#stopped) this.#clock.plan(jobs);
    } catch {
      // The database is away for a moment: what is planned stays planned until the next look.
    }
  }
}
