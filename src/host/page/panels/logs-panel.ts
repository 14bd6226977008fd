import type { ChannelMessage } from '../../wire/messages.js';
import type { GuestLog } from '../../wire/records.js';
import { button, select } from '../controls.js';
import { fill, h } from '../dom.js';
import { emptyLine, type Panel } from './panel.js';
import { logLine } from './request-detail.js';

const KEPT = 1000;

const FILTERS = [
  { value: 'all', label: 'Everything' },
  { value: 'log', label: 'Log calls' },
  { value: 'stdout', label: 'stdout' },
  { value: 'stderr', label: 'stderr' },
  { value: 'trouble', label: 'Warnings and errors' },
] as const;

type Filter = (typeof FILTERS)[number]['value'];

/** What the handler writes, as it writes it. */
export class LogsPanel implements Panel {
  readonly key = 'logs';
  readonly title = 'Logs';
  readonly element: HTMLElement;
  readonly #list = h('ul', { class: 'rows logs', 'aria-label': 'Log', tabindex: 0 });
  #logs: GuestLog[] = [];
  #filter: Filter = 'all';

  constructor() {
    const choose = select('Show', FILTERS, this.#filter, (filter) => {
      this.#filter = filter;
      this.#draw();
    });
    const clear = button('Clear', () => {
      this.#logs = [];
      this.#draw();
    });
    this.element = h(
      'div',
      { class: 'panel' },
      h('div', { class: 'row-actions' }, choose, clear),
      this.#list,
    );
  }

  open(): void {
    this.#draw();
  }

  hear(message: ChannelMessage): void {
    if (message.type !== 'guestLog') return;
    this.#logs.push(message.log);
    if (this.#logs.length > KEPT) this.#logs.shift();
    if (!this.element.isConnected || !this.#wanted(message.log)) return;
    const atEnd = this.#list.scrollTop + this.#list.clientHeight >= this.#list.scrollHeight - 20;
    if (this.#logs.length === 1 || this.#list.childElementCount >= KEPT) this.#draw();
    else this.#list.append(logLine(message.log));
    // Follows the end, unless the author has scrolled up to read.
    if (atEnd) this.#list.scrollTop = this.#list.scrollHeight;
  }

  #wanted({ level, stream }: GuestLog): boolean {
    if (this.#filter === 'all') return true;
    if (this.#filter === 'trouble') return level === 'warn' || level === 'error';
    return stream === this.#filter;
  }

  #draw(): void {
    const lines = this.#logs.filter((log) => this.#wanted(log)).map(logLine);
    fill(
      this.#list,
      ...(lines.length === 0 ? [emptyLine('Nothing was logged since this page was opened.')] : lines),
    );
  }
}
