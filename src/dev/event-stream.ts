import type { SessionEvent, UnstampedEvent } from './events.js';

export type EventListener = (event: SessionEvent) => void;
export type Emit = (event: UnstampedEvent) => void;

/** The one stream of everything a session says. Listeners are called in the order of their subscription. */
export class EventStream {
  readonly #listeners = new Set<EventListener>();
  readonly #now: () => Date;

  constructor(now: () => Date = () => new Date()) {
    this.#now = now;
  }

  /** Stamps the event with the time and hands it to every listener. */
  readonly emit: Emit = (event) => {
    const stamped = { ...event, at: this.#now().toISOString() } as SessionEvent;
    for (const listener of this.#listeners) listener(stamped);
  };

  /** Adds a listener; gives the function that removes it. */
  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
