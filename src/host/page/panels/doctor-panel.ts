import type { ChannelMessage, PageCommand } from '../../wire/messages.js';
import { button } from '../controls.js';
import { fill, h } from '../dom.js';
import { clock } from '../status-badge.js';
import { emptyLine, type Panel } from './panel.js';

const KEPT = 50;

/** Starts the checks of the doctor, and shows what the session says. */
export class DoctorPanel implements Panel {
  readonly key = 'doctor';
  readonly title = 'Doctor';
  readonly element: HTMLElement;
  readonly #notes: HTMLElement[] = [];
  readonly #list = h('ul', { class: 'rows', 'aria-label': 'Notes of the session' });

  constructor(command: (command: PageCommand) => void) {
    const run = button('Run the checks', () => command({ type: 'doctor' }));
    this.element = h('div', { class: 'panel' }, h('div', { class: 'row-actions' }, run), this.#list);
  }

  open(): void {
    const none = emptyLine('The session has said nothing since this page was opened.');
    fill(this.#list, ...(this.#notes.length === 0 ? [none] : this.#notes));
  }

  hear(message: ChannelMessage): void {
    if (message.type !== 'note') return;
    const time = h('time', { class: 'muted', datetime: message.at }, clock(message.at));
    this.#notes.unshift(h('li', { class: 'log' }, time, h('span', { class: 'log-text' }, message.message)));
    this.#notes.splice(KEPT);
    if (this.element.isConnected) this.open();
  }
}
