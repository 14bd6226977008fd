import type { ChannelMessage } from '../../wire/messages.js';
import type { GuestLog, RequestRecord } from '../../wire/records.js';
import { button } from '../controls.js';
import { fill, h } from '../dom.js';
import { clock, duration } from '../status-badge.js';
import { attempt, emptyLine, type Panel, type PanelContext, problemLine } from './panel.js';
import { answerText, replay, replayObstacle } from './replay.js';
import { answerDiff, requestDetail } from './request-detail.js';

const KEPT = 200;
const MOST_PINNED = 10;

/** A request that is made again on every save. */
interface Pin {
  readonly record: RequestRecord;
  /** The latest save it was answered after. */
  save: number;
  /** What it answered first after that save, and after the one before. */
  answer: string;
  before: string;
}

/** A replay under way: the request it repeats, and the save it was made for. */
interface Expected {
  readonly repeated: string;
  readonly save: number;
}

/** The live list of requests, with replay by hand and on every save. */
export class RequestsPanel implements Panel {
  readonly key = 'requests';
  readonly title = 'Requests';
  readonly element: HTMLElement;
  readonly #context: PanelContext;
  readonly #list = h('ul', { class: 'requests', 'aria-label': 'Requests' });
  readonly #detail = h('section', { class: 'request-detail', 'aria-label': 'Request' });
  readonly #problem = problemLine();
  readonly #pins = new Map<string, Pin>();
  /** Replays under way, by the id under which one will be reported. */
  readonly #expected = new Map<string, Expected>();
  readonly #diffs = new Map<string, { before: string; after: string }>();
  #records: RequestRecord[] = [];
  #chosen: string | undefined;
  /** Counts the saves; one is heard of twice, as live handler and as published bundle. */
  #save = 0;
  #publishing = false;

  constructor(context: PanelContext) {
    this.#context = context;
    this.element = h('div', { class: 'panel panel-requests' }, this.#problem, this.#list, this.#detail);
  }

  open(): void {
    void attempt(this.#problem, async () => {
      const { requests } = await this.#context.api.get<{ requests: RequestRecord[] }>('/requests');
      this.#records = requests.filter(({ registryId }) => registryId === this.#context.registryId);
      this.#draw();
    });
  }

  hear(message: ChannelMessage): void {
    if (message.type === 'request') this.#add(message.record);
    if (message.type === 'guestLog') this.#addLog(message.log);
    if (message.type === 'live' && message.lane !== 'ui') {
      if (!(this.#publishing && message.lane === 'published')) this.#save += 1;
      this.#publishing = message.lane === 'handler';
      if (message.changed !== false) this.#replayPinned();
    }
  }

  #add(record: RequestRecord): void {
    this.#records = [record, ...this.#records.filter((known) => known !== record)].slice(0, KEPT);
    const expected = this.#expected.get(record.requestId);
    if (expected !== undefined) this.#compare(expected, record);
    this.#draw();
  }

  #addLog(log: GuestLog): void {
    const index = this.#records.findIndex(({ requestId }) => requestId === log.requestId);
    const found = this.#records[index];
    if (!found) return;
    this.#records[index] = { ...found, logs: [...found.logs, log] };
    if (this.#chosen === log.requestId) this.#drawDetail();
  }

  /**
   * Notes how a replay answered compared with the answer before: of a pinned request the one before the
   * save. A replay that was overtaken by the next save is not compared.
   */
  #compare({ repeated, save }: Expected, record: RequestRecord): void {
    this.#expected.delete(record.requestId);
    const pin = this.#pins.get(repeated);
    const original = this.#records.find(({ requestId }) => requestId === repeated);
    const after = answerText(record);
    if (pin && save < pin.save) return;
    if (pin && save > pin.save) Object.assign(pin, { save, before: pin.answer, answer: after });
    const before = pin?.before ?? (original && answerText(original));
    if (before === undefined) return;
    this.#diffs.set(repeated, { before, after });
    this.#diffs.set(record.requestId, { before, after });
  }

  #replay(record: RequestRecord): void {
    const expected = { repeated: record.requestId, save: this.#save };
    void attempt(this.#problem, async () => {
      const requestId = await replay(record);
      const answered = this.#records.find((known) => known.requestId === requestId);
      this.#expected.set(requestId, expected);
      if (answered) this.#compare(expected, answered);
      this.#draw();
    });
  }

  #replayPinned(): void {
    for (const { record } of this.#pins.values()) this.#replay(record);
  }

  #togglePin(record: RequestRecord): void {
    if (this.#pins.delete(record.requestId)) {
      this.#diffs.delete(record.requestId);
    } else if (this.#pins.size < MOST_PINNED) {
      const answer = answerText(record);
      this.#pins.set(record.requestId, { record, save: this.#save, answer, before: answer });
    }
    this.#draw();
  }

  #draw(): void {
    const none = emptyLine('Nothing yet. Requests of the extension appear here as they happen.');
    fill(
      this.#list,
      ...(this.#records.length === 0 ? [none] : this.#records.map((record) => this.#row(record))),
    );
    this.#drawDetail();
  }

  #row(record: RequestRecord): HTMLElement {
    const { requestId, method, path, status, ms, origin } = record;
    const diff = this.#diffs.get(requestId);
    const row = h(
      'button',
      {
        type: 'button',
        class: 'request',
        'aria-pressed': String(requestId === this.#chosen),
        on: {
          click: () => {
            this.#chosen = requestId;
            this.#draw();
          },
        },
      },
      h('span', { class: 'request-status', 'data-bad': status >= 400 }, String(status)),
      h('span', { class: 'request-what' }, h('strong', {}, method), ' ', path),
      origin === 'bridge' || origin === 'direct' ? undefined : h('span', { class: 'tag' }, origin),
      this.#pins.has(requestId) ? h('span', { class: 'tag' }, 'on save') : undefined,
      diff && diff.before !== diff.after ? h('span', { class: 'tag is-changed' }, 'changed') : undefined,
      h('span', { class: 'muted' }, duration(ms)),
      h('time', { class: 'muted', datetime: record.at }, clock(record.at)),
    );
    return h('li', {}, row);
  }

  #drawDetail(): void {
    const record = this.#records.find(({ requestId }) => requestId === this.#chosen);
    if (!record) {
      fill(this.#detail);
      return;
    }
    const obstacle = replayObstacle(record);
    const again = button('Replay', () => this.#replay(record), obstacle);
    const pin = button(
      this.#pins.has(record.requestId) ? 'Stop replaying on save' : 'Replay on every save',
      () => this.#togglePin(record),
      obstacle,
    );
    again.disabled = obstacle !== undefined;
    pin.disabled = obstacle !== undefined;
    const diff = this.#diffs.get(record.requestId);
    fill(
      this.#detail,
      h('div', { class: 'row-actions' }, again, pin),
      diff ? answerDiff(diff.before, diff.after) : undefined,
      requestDetail(record),
    );
  }
}
