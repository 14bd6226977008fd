import { setTimeout as pause } from 'node:timers/promises';
import type { DebugWireEvent } from '../published/wire.js';

/** A place events are sent to, one batch at a time. A rejected batch is sent again later. */
export interface EventTarget {
  readonly name: string;
  send(events: readonly DebugWireEvent[]): Promise<void>;
  close(): void;
}

export interface EventPumpOptions {
  readonly target: EventTarget;
  /** Events kept while the target is slow or down; the oldest are dropped beyond that. */
  readonly queueMax: number;
  readonly onTrouble?: (cause: unknown) => void;
}

export interface PumpStats {
  readonly sent: number;
  readonly dropped: number;
}

const BATCH = 200;
const QUEUE_BYTES = 16 * 1024 * 1024;
const FIRST_BACKOFF_MS = 1000;
const LAST_BACKOFF_MS = 30_000;

/**
 * Carries events to one target without ever making the giver wait: a bounded queue, batches as large
 * as what piled up meanwhile, growing pauses while the target is down.
 */
export class EventPump {
  readonly #options: EventPumpOptions;
  readonly #stopping = new AbortController();
  #queue: DebugWireEvent[] = [];
  #queuedBytes = 0;
  #running: Promise<void> | undefined;
  #sent = 0;
  #dropped = 0;

  constructor(options: EventPumpOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.target.name;
  }

  add(event: DebugWireEvent): void {
    this.#queue.push(event);
    this.#queuedBytes += weightOf(event);
    if (this.#queue.length > this.#options.queueMax || this.#queuedBytes > QUEUE_BYTES) this.#dropOldest();
    this.#running ??= this.#run();
  }

  stats(): PumpStats {
    return { sent: this.#sent, dropped: this.#dropped };
  }

  /** Sends what is left within the time given, then closes the target. Idempotent. */
  async stop(graceMs: number): Promise<void> {
    const left = this.#running ?? Promise.resolve();
    const timer = setTimeout(() => this.#end(), graceMs);
    await left;
    clearTimeout(timer);
    this.#end();
  }

  #end(): void {
    this.#stopping.abort();
    this.#options.target.close();
  }

  // A tenth at once: dropping one by one from the front would cost a move of the queue each time.
  #dropOldest(): void {
    const dropped = this.#queue.splice(0, Math.max(1, Math.ceil(this.#queue.length / 10)));
    this.#dropped += dropped.length;
    this.#queuedBytes -= dropped.reduce((sum, event) => sum + weightOf(event), 0);
  }

  async #run(): Promise<void> {
    // Lets the events of one burst become one batch.
    await Promise.resolve();
    let backoff = FIRST_BACKOFF_MS;
    while (this.#queue.length > 0 && !this.#stopping.signal.aborted) {
      const batch = this.#queue.splice(0, BATCH);
      this.#queuedBytes -= batch.reduce((sum, event) => sum + weightOf(event), 0);
      try {
        await this.#options.target.send(batch);
        this.#sent += batch.length;
        backoff = FIRST_BACKOFF_MS;
      } catch (error) {
        this.#options.onTrouble?.(error);
        this.#putBack(batch);
        await pause(backoff, undefined, { signal: this.#stopping.signal, ref: false }).catch(() => undefined);
        backoff = Math.min(backoff * 2, LAST_BACKOFF_MS);
      }
    }
    this.#running = undefined;
  }

  #putBack(batch: DebugWireEvent[]): void {
    this.#queue = [...batch, ...this.#queue];
    this.#queuedBytes += batch.reduce((sum, event) => sum + weightOf(event), 0);
    while (this.#queue.length > this.#options.queueMax || this.#queuedBytes > QUEUE_BYTES) this.#dropOldest();
  }
}

function weightOf(event: DebugWireEvent): number {
  return event.message.length + 256;
}
