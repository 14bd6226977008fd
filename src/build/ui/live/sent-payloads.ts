import type { HotPayload } from 'vite';
import { NUMBER_FIELD } from './steady-socket.js';

/** More than are sent while a laptop sleeps; a page that has missed more is loaded anew. */
const MAX_KEPT = 200;
/** What concerns one moment or one connection only. */
const PASSING: ReadonlySet<string> = new Set(['connected', 'ping', 'error']);
/** Tells a page where it stands; nothing listens to it but the page's socket. */
const STAND: HotPayload = { type: 'custom', event: 'alga:stand' };
const RELOAD: HotPayload = { type: 'full-reload', path: '*' };

/** The payloads of one server, counted and kept for pages whose socket was cut meanwhile. */
export class SentPayloads {
  readonly #kept: HotPayload[] = [];
  #count = 0;

  /** The payload as it is to be sent, with its number where a page must not miss it. */
  add(payload: HotPayload): HotPayload {
    if (PASSING.has(payload.type)) return payload;
    this.#count++;
    const sent = numbered(payload, this.#count);
    this.#kept.push(sent);
    if (this.#kept.length > MAX_KEPT) this.#kept.shift();
    return sent;
  }

  /** What a page that connects is to be sent. `heard` is the last number it has heard; undefined for a new page. */
  greeting(heard: number | undefined): HotPayload[] {
    const stand = numbered(STAND, this.#count);
    if (heard === undefined) return [stand];
    const missed = this.#count - heard;
    if (!Number.isInteger(missed) || missed < 0 || missed > this.#kept.length) return [RELOAD];
    return [...this.#kept.slice(this.#kept.length - missed), stand];
  }
}

function numbered(payload: HotPayload, number: number): HotPayload {
  const sent = { ...payload, [NUMBER_FIELD]: number };
  return sent;
}
