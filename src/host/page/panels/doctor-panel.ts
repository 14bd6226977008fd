import type { ChannelMessage, Checkup, PageCommand } from '../../wire/messages.js';
import { button } from '../controls.js';
import { fill, h } from '../dom.js';
import { clock } from '../status-badge.js';
import { emptyLine, type Panel } from './panel.js';

const KEPT = 50;

/** Starts the checks of the doctor, shows what they found, and what the session says. */
export class DoctorPanel implements Panel {
  readonly key = 'doctor';
  readonly title = 'Doctor';
  readonly element: HTMLElement;
  readonly #notes: HTMLElement[] = [];
  readonly #run: HTMLButtonElement;
  readonly #verdict = h('p', { class: 'muted', role: 'status' });
  readonly #findings = h('ul', { class: 'rows', 'aria-label': 'Findings' });
  readonly #list = h('ul', { class: 'rows', 'aria-label': 'Notes of the session' });

  constructor(command: (command: PageCommand) => void) {
    this.#run = button('Run the checks', () => {
      this.#run.disabled = true;
      fill(this.#verdict, 'Looking at project, store, database, runner and host …');
      fill(this.#findings);
      command({ type: 'doctor' });
    });
    this.element = h(
      'div',
      { class: 'panel' },
      h(
        'div',
        { class: 'row-actions' },
        this.#run,
        button('Mend what is safe', () => command({ type: 'mend' })),
      ),
      this.#verdict,
      this.#findings,
      h('h3', {}, 'The session said'),
      this.#list,
    );
  }

  open(): void {
    const none = emptyLine('Nothing since this page was opened.');
    fill(this.#list, ...(this.#notes.length === 0 ? [none] : this.#notes));
  }

  hear(message: ChannelMessage): void {
    if (message.type === 'checkup') this.#show(message, message.at);
    // A session that came back has forgotten what it was asked.
    if (message.type === 'hello') this.#run.disabled = false;
    if (message.type !== 'note') return;
    const time = h('time', { class: 'muted', datetime: message.at }, clock(message.at));
    this.#notes.unshift(h('li', { class: 'log' }, time, h('span', { class: 'log-text' }, message.message)));
    this.#notes.splice(KEPT);
    if (this.element.isConnected) this.open();
  }

  #show({ findings, unknown, checks, ms }: Checkup, at: string): void {
    this.#run.disabled = false;
    const count =
      findings.length === 0
        ? 'nothing wrong'
        : `${findings.length} ${findings.length === 1 ? 'thing' : 'things'}`;
    fill(this.#verdict, `${clock(at)}: ${checks} checks found ${count} (${ms} ms).`);
    fill(
      this.#findings,
      ...findings.map(findingRow),
      ...unknown.map(({ part, reason }) =>
        h('li', { class: 'finding' }, h('p', { class: 'muted' }, `Could not look at ${part}: ${reason}`)),
      ),
    );
  }
}

function findingRow(finding: Checkup['findings'][number]): HTMLElement {
  const { check, severity, seen, expected, why, fix } = finding;
  return h(
    'li',
    { class: 'finding' },
    h('p', {}, h('span', { class: `tag is-${severity}` }, severity), ' ', h('code', {}, check)),
    h('p', {}, `${seen} ${expected}`),
    h('p', { class: 'muted' }, why),
    fix
      ? h('p', {}, `${fix.summary} `, h('code', { class: 'command', tabindex: 0 }, fix.command))
      : undefined,
  );
}
