import type { RunNowAnswer, ScheduleEntry, ScheduleList } from '../../wire/author.js';
import type { ChannelMessage } from '../../wire/messages.js';
import { button } from '../controls.js';
import { fill, h } from '../dom.js';
import { attempt, emptyLine, field, form, type Panel, type PanelContext, problemLine } from './panel.js';

/** Schedules of the install. They fire for real while alga dev runs. */
export class SchedulesPanel implements Panel {
  readonly key = 'schedules';
  readonly title = 'Schedules';
  readonly element: HTMLElement;
  readonly #context: PanelContext;
  readonly #problem = problemLine();
  readonly #list = h('ul', { class: 'rows' });
  readonly #make = h('div', {});

  constructor(context: PanelContext) {
    this.#context = context;
    this.element = h('div', { class: 'panel' }, this.#problem, this.#list, this.#make);
  }

  open(): void {
    void attempt(this.#problem, () => this.#load());
  }

  hear(message: ChannelMessage): void {
    const ran = message.type === 'request' && message.record.origin === 'schedule';
    if (ran && this.element.isConnected) this.open();
  }

  get #base(): string {
    return `/extensions/${this.#context.registryId}/schedules`;
  }

  async #load(): Promise<void> {
    const { schedules, endpoints } = await this.#context.api.get<ScheduleList>(this.#base);
    const none = emptyLine(
      'No schedules. The handler can make them with cap:scheduler.manage, and you can here.',
    );
    fill(this.#list, ...(schedules.length === 0 ? [none] : schedules.map((entry) => this.#entry(entry))));
    fill(this.#make, endpoints.length === 0 ? undefined : this.#form(endpoints));
  }

  #entry(entry: ScheduleEntry): HTMLElement {
    const { id, name, endpoint, cron, timezone, enabled, nextRun, lastRunAt, lastRunStatus, lastError } =
      entry;
    const time = (iso: string): string => new Date(iso).toLocaleString();
    const next = nextRun ? `next ${time(nextRun)}` : enabled ? 'never due' : 'switched off';
    const last = lastRunAt ? `last ${time(lastRunAt)}: ${lastRunStatus}` : 'has not run';
    return h(
      'li',
      { class: 'schedule' },
      h('p', {}, h('strong', {}, name ?? endpoint), name ? ` ${endpoint}` : undefined),
      h('p', { class: 'muted' }, h('code', {}, cron), ` ${timezone}, ${next}, ${last}`),
      lastError ? h('p', { class: 'is-bad' }, lastError) : undefined,
      h(
        'div',
        { class: 'row-actions' },
        button('Run now', () => this.#change(() => this.#runNow(id))),
        button(enabled ? 'Switch off' : 'Switch on', () =>
          this.#change(() => this.#context.api.change('PATCH', `${this.#base}/${id}`, { enabled: !enabled })),
        ),
        button('Delete', () => this.#change(() => this.#context.api.change('DELETE', `${this.#base}/${id}`))),
      ),
    );
  }

  async #runNow(id: string): Promise<void> {
    const result = await this.#context.api.change<RunNowAnswer>('POST', `${this.#base}/${id}/run`);
    if (result.status === 'skipped') throw new Error('It is running already.');
    if (result.status === 'off') throw new Error('Its endpoint is gone, so it was switched off.');
  }

  #change(work: () => Promise<unknown>): void {
    void attempt(this.#problem, async () => {
      await work();
      await this.#load();
    });
  }

  #form(endpoints: readonly string[]): HTMLElement {
    const choice = h(
      'select',
      { class: 'select', name: 'endpoint' },
      ...endpoints.map((endpoint) => h('option', { value: endpoint }, endpoint)),
    );
    return form(
      [
        h('label', { class: 'field' }, h('span', {}, 'Endpoint'), choice),
        field('Cron', 'cron', { required: true, placeholder: '0 3 * * *' }),
        field('Time zone', 'timezone', { placeholder: 'UTC' }),
        field('Name', 'name'),
        field('Payload, JSON', 'payload'),
      ],
      'Add schedule',
      ({ endpoint, cron, timezone, name, payload }) =>
        attempt(this.#problem, async () => {
          await this.#context.api.change('POST', this.#base, {
            endpoint,
            cron,
            ...(timezone ? { timezone } : {}),
            ...(name ? { name } : {}),
            ...(payload ? { payload: JSON.parse(payload) } : {}),
          });
          await this.#load();
        }),
    );
  }
}
