import type { RunnerConfig } from '../config.js';
import type { DebugEvent, DebugSink } from '../executable.js';
import type { Logger } from '../log.js';
import type { HttpClient } from '../net/http-client.js';
import { text, truncateUtf8 } from '../net/text.js';
import { EventPump, type EventTarget, type PumpStats } from './event-pump.js';
import { createHttpTarget } from './http-target.js';
import { createRedisTarget } from './redis-target.js';

const TROUBLE_LOG_MS = 30_000;
const STOP_GRACE_MS = 1000;

/** The sinks of guest output and failures: none, HTTP, Redis, or both. */
export class DebugEvents implements DebugSink {
  readonly #pumps: readonly EventPump[];
  readonly #maxEventBytes: number;

  constructor(config: RunnerConfig['debug'], http: HttpClient, log: Logger) {
    const targets: EventTarget[] = [];
    if (config.http !== undefined) targets.push(createHttpTarget({ ...config.http, http }));
    if (config.redis !== undefined) targets.push(createRedisTarget(config.redis));
    this.#maxEventBytes = config.maxEventBytes;
    this.#pumps = targets.map((target) => {
      const onTrouble = occasionally((cause) =>
        log.warn({ sink: target.name, cause: text(cause) }, 'debug events cannot be delivered'),
      );
      return new EventPump({ target, queueMax: config.queueMax, onTrouble });
    });
  }

  emit(event: DebugEvent): void {
    if (this.#pumps.length === 0) return;
    const { text: message, truncated } = truncateUtf8(event.message, this.#maxEventBytes);
    for (const pump of this.#pumps) pump.add({ ...event, message, truncated });
  }

  /** Counters by sink. */
  stats(): ReadonlyArray<PumpStats & { readonly sink: string }> {
    return this.#pumps.map((pump) => ({ sink: pump.name, ...pump.stats() }));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#pumps.map((pump) => pump.stop(STOP_GRACE_MS)));
  }
}

/** Passes the first call on and then one every half minute. */
function occasionally(report: (cause: unknown) => void): (cause: unknown) => void {
  let silentUntil = 0;
  return (cause) => {
    if (Date.now() < silentUntil) return;
    silentUntil = Date.now() + TROUBLE_LOG_MS;
    report(cause);
  };
}
