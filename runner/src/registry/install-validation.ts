import { BoundedMap } from '../net/bounded-map.js';
import type { InstallQuery, ValidateResult } from './registry-client.js';

/**
 * How long an answer is believed. A "yes" lives as long as in the official runner; a "no" and above
 * all a missing answer live only long enough to take the load of a burst, so that a slow registry
 * does not lock a page out for the time of a "yes".
 */
const BELIEF_MS: Record<ValidateResult, number> = { valid: 45_000, invalid: 2_000, unreachable: 500 };

const MAX_ENTRIES = 10_000;

interface Belief {
  readonly result: ValidateResult;
  readonly until: number;
}

export interface InstallValidationOptions {
  readonly ask: (query: InstallQuery) => Promise<ValidateResult>;
  readonly onAnswer?: (result: ValidateResult) => void;
  readonly now?: () => number;
}

/** Remembers what the registry said of installs; one question at a time for the same install. */
export class InstallValidation {
  readonly #options: InstallValidationOptions;
  readonly #beliefs = new BoundedMap<string, Belief>({ maxEntries: MAX_ENTRIES });
  readonly #asking = new Map<string, Promise<ValidateResult>>();

  constructor(options: InstallValidationOptions) {
    this.#options = options;
  }

  /** True only when the registry confirmed the install, now or within the belief's time. */
  async isValid(query: InstallQuery): Promise<boolean> {
    const key = JSON.stringify([query.tenantId, query.extensionId, query.contentHash]);
    const belief = this.#beliefs.get(key);
    if (belief !== undefined && belief.until > this.#now()) return belief.result === 'valid';
    let asking = this.#asking.get(key);
    if (asking === undefined) {
      asking = this.#ask(key, query).finally(() => this.#asking.delete(key));
      this.#asking.set(key, asking);
    }
    return (await asking) === 'valid';
  }

  async #ask(key: string, query: InstallQuery): Promise<ValidateResult> {
    const result = await this.#options.ask(query);
    this.#beliefs.set(key, { result, until: this.#now() + BELIEF_MS[result] });
    this.#options.onAnswer?.(result);
    return result;
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }
}
