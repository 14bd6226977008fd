import type { SessionEvent, UnstampedEvent } from './events.js';

export type EventListener = (event: SessionEvent) => void;
export type Emit = (event: UnstampedEvent) => void;

/** The one stream of everything a session says. Listeners are called in the order of their subscription. */
export class EventStream {
  readonly #listeners = new Set<EventListener>();
  readonly #now: () => Date;
  #state: 'open' | 'leaving' | 'closed' = 'open';

  constructor(now: () => Date = () => new Date()) {
    this.#now = now;
  }

  /** Stamps the event with the time and hands it to every listener. */
  readonly emit: Emit = (event) => {
    if (this.#state === 'closed') return;
    if (this.#state === 'leaving' && isFailure(event)) return;
    const stamped = { ...event, at: this.#now().toISOString() } as SessionEvent;
    for (const listener of this.#listeners) listener(stamped);
  };

  /** From now on failures are not told: what fails while everything is being ended fails because of that. */
  leaving(): void {
    if (this.#state === 'open') this.#state = 'leaving';
  }

  /** Tells a last event. Nothing comes after it. */
  close(last: UnstampedEvent): void {
    this.emit(last);
    this.#state = 'closed';
  }

  /** Adds a listener; gives the function that removes it. */
  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

function isFailure(event: UnstampedEvent): boolean {
  return event.type === 'error' || (event.type === 'step' && event.state === 'failed');
}
