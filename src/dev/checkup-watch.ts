import { Checkups, type CheckupsOptions } from './checkups.js';
import type { SessionEvent } from './events.js';

/** Between looks for which nothing gives a reason. */
const REST_MS = 30_000;
/** After a failed request or page: the one that follows is most often of the same cause. */
const SUSPICION_MS = 300;
/** Between two looks that failures ask for: a handler that throws at every call is no case for a doctor. */
const AGAIN_MS = 5_000;

/**
 * Checks that cost little, ask nothing of the handler and have something to say while a session runs. The
 * project's own are told by the loop, at every save.
 */
const WATCHED =
  /^(?:store|registry)\.|^runner\.(?:reachable|settings|auth-key|service-token|cache|store|bundle|denial|cached-bundle|limits)$|^host\.(?:reachable|served|page)$|^machine\.(?:disk|memory)$/;

/**
 * Has the doctor look from time to time, and soon after something has failed; never while the session
 * builds or publishes, and nothing is believed that was seen while it began to.
 */
export class CheckupWatch {
  readonly checkups: Checkups;
  readonly #leaving = new AbortController();
  /** Steps under way. */
  readonly #busy = new Set<string>();
  #steps = 0;
  #timer: NodeJS.Timeout | undefined;
  #looking = false;
  #lookedAt = 0;
  readonly #unsubscribe: () => void;

  constructor(options: CheckupsOptions) {
    this.checkups = new Checkups(options);
    this.#unsubscribe = options.events.subscribe((event) => this.#hear(event));
    this.#plan(REST_MS);
  }

  /** Something was not answered as it should: looks soon. */
  suspect(): void {
    const since = performance.now() - this.#lookedAt;
    this.#plan(Math.max(SUSPICION_MS, AGAIN_MS - since));
  }

  /** Mends what the doctor finds, and looks again when that is done. */
  async mend(): Promise<void> {
    await this.checkups.mend();
    this.suspect();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#unsubscribe();
    this.#leaving.abort();
  }

  #hear(event: SessionEvent): void {
    if (event.type === 'request' && (event.status >= 500 || event.runnerError !== undefined)) this.suspect();
    if (event.type !== 'step' || event.state === 'progress') return;
    const step = `${event.extension ?? ''} ${event.step}`;
    this.#steps += 1;
    if (event.state === 'started') this.#busy.add(step);
    else this.#busy.delete(step);
  }

  #plan(ms: number): void {
    if (this.#leaving.signal.aborted || this.#looking) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), ms);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    if (this.#busy.size > 0) return this.#plan(AGAIN_MS);
    this.#looking = true;
    const steps = this.#steps;
    try {
      const { CHECKS } = await import('../doctor/index.js');
      const only = CHECKS.map(({ id }) => id).filter((id) => WATCHED.test(id));
      await this.checkups.watch(only, this.#leaving.signal, () => this.#steps === steps);
    } catch {
      // What keeps the doctor from looking is told when somebody asks for it.
    } finally {
      this.#looking = false;
      this.#lookedAt = performance.now();
      this.#plan(REST_MS);
    }
  }
}
