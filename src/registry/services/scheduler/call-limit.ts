import { refusal } from '../service-error.js';

const MOST_CALLS = 10;
const WINDOW_MS = 60_000;

/** Counts the writes of each install: ten in a minute, then a refusal. Lives as long as the process. */
export class CallLimit {
  readonly #calls = new Map<string, number[]>();
  readonly #now: () => number;

  /** `now` gives milliseconds of a clock that only goes forward. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Counts a call. Throws the refusal RATE_LIMITED; a refused call is not counted. */
  take(installId: string): void {
    const now = this.#now();
    const recent = (this.#calls.get(installId) ?? []).filter((at) => now - at < WINDOW_MS);
    this.#calls.set(installId, recent);
    if (recent.length >= MOST_CALLS)
      throw refusal(429, 'RATE_LIMITED', 'Too many schedule changes, try again later');
    recent.push(now);
  }
}
