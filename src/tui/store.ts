import type { SessionEvent } from '../dev/events.js';
import { initialState, type LogFilter, logKind, reduce, type ViewInput, type ViewState } from './state.js';
import { eventLines } from './text/event-lines.js';
import type { Paint } from './text/paint.js';

/** Events kept to show again when the filter changes. */
const KEPT_EVENTS = 400;
/** Of those, how many lines are shown again. */
const SHOWN_AGAIN = 12;

/**
 * Holds the view state and the log of a screen, and tells listeners of changes: state through
 * `subscribe`, log text (to be written above the live part) through `onLog`.
 */
export class ScreenStore {
  #state: ViewState;
  readonly #listeners = new Set<() => void>();
  readonly #events: SessionEvent[] = [];
  #log: string[] = [];
  #onLog: ((text: string) => void) | undefined;

  constructor(
    private readonly paint: Paint,
    extensions: readonly string[],
  ) {
    this.#state = initialState(extensions);
  }

  readonly state = (): ViewState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Sets the one writer of log text; what was logged before goes to it at once. */
  onLog(write: ((text: string) => void) | undefined): void {
    this.#onLog = write;
    this.#flush();
  }

  event(event: SessionEvent): void {
    this.#events.push(event);
    if (this.#events.length > KEPT_EVENTS) this.#events.shift();
    this.input({ type: 'event', event });
    if (this.#shows(event, this.#state.filter)) this.#write(this.#lines(event));
  }

  input(input: ViewInput): void {
    const before = this.#state;
    this.#state = reduce(before, input);
    if (this.#state === before) return;
    if (input.type === 'filter') this.#showAgain();
    for (const listener of this.#listeners) listener();
  }

  /** After a change of the filter: a heading, and the latest lines that pass it. */
  #showAgain(): void {
    const { filter } = this.#state;
    const lines = this.#events
      .filter((event) => this.#shows(event, filter))
      .flatMap((event) => this.#lines(event));
    const heading = filter === 'all' ? 'log: everything' : `log: ${filter} only`;
    this.#write([this.paint('dim', `── ${heading} ──`), ...lines.slice(-SHOWN_AGAIN)]);
  }

  #shows(event: SessionEvent, filter: LogFilter): boolean {
    return filter === 'all' || logKind(event) === filter || event.type === 'error';
  }

  #lines(event: SessionEvent): string[] {
    const showExtension = this.#state.extensions.length > 1;
    return eventLines(event, { paint: this.paint, showExtension, full: false });
  }

  #write(lines: readonly string[]): void {
    this.#log.push(...lines);
    this.#flush();
  }

  #flush(): void {
    if (this.#onLog === undefined || this.#log.length === 0) return;
    const text = `${this.#log.join('\n')}\n`;
    this.#log = [];
    this.#onLog(text);
  }
}
