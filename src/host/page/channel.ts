import type { PageBoot } from '../wire/boot.js';
import type { ChannelMessage, PageCommand } from '../wire/messages.js';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;
/** A socket that sleeps with the laptop looks open when it wakes; silence after a question tells. */
const QUESTION_MS = 15_000;
const ANSWER_MS = 5000;

export type ChannelState = 'connecting' | 'open' | 'lost';

export interface ChannelEvents {
  readonly onMessage: (message: ChannelMessage) => void;
  readonly onState: (state: ChannelState) => void;
}

/** The page's line to the session. Connects again by itself, for as long as the page is open. */
export class Channel {
  readonly #boot: Pick<PageBoot, 'token' | 'session'>;
  readonly #events: ChannelEvents;
  #socket: WebSocket | undefined;
  #pause = FIRST_PAUSE_MS;
  #question: number | undefined;
  #deadline: number | undefined;
  #retry: number | undefined;
  /** Counts the looks for the host; only the latest goes on. */
  #attempt = 0;

  constructor(boot: Pick<PageBoot, 'token' | 'session'>, events: ChannelEvents) {
    this.#boot = boot;
    this.#events = events;
  }

  open(): void {
    this.#connect();
    const lookNow = (): void => {
      if (document.visibilityState !== 'visible') return;
      if (this.#socket === undefined) void this.#again();
      else this.#ask();
    };
    document.addEventListener('visibilitychange', lookNow);
    window.addEventListener('online', lookNow);
  }

  command(command: PageCommand): void {
    this.#send({ type: 'command', command });
  }

  #connect(): void {
    window.clearTimeout(this.#retry);
    this.#events.onState('connecting');
    const socket = new WebSocket(`ws://${location.host}/__alga/live`, [
      'alga-live',
      `alga-token.${this.#boot.token}`,
    ]);
    this.#socket = socket;
    socket.addEventListener('open', () => {
      this.#pause = FIRST_PAUSE_MS;
      this.#events.onState('open');
      this.#question = window.setInterval(() => this.#ask(), QUESTION_MS);
    });
    socket.addEventListener('message', (event) => {
      if (socket === this.#socket) this.#hear(String(event.data));
    });
    socket.addEventListener('close', () => this.#lost(socket));
  }

  #hear(text: string): void {
    window.clearTimeout(this.#deadline);
    this.#deadline = undefined;
    const message = JSON.parse(text) as ChannelMessage | { type: 'pong' };
    if (message.type !== 'pong') this.#events.onMessage(message);
  }

  #ask(): void {
    if (this.#socket?.readyState !== WebSocket.OPEN || this.#deadline !== undefined) return;
    this.#send({ type: 'ping' });
    this.#deadline = window.setTimeout(() => this.#giveUp(), ANSWER_MS);
  }

  /** Does not wait for the socket's end, to which the other side would have to agree. */
  #giveUp(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#lost(socket);
    socket.close();
  }

  #send(message: unknown): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #lost(socket: WebSocket): void {
    if (socket !== this.#socket) return;
    this.#socket = undefined;
    window.clearInterval(this.#question);
    window.clearTimeout(this.#deadline);
    this.#deadline = undefined;
    this.#events.onState('lost');
    this.#retry = window.setTimeout(() => void this.#again(), this.#pause);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
  }

  /** A restarted host has another session and takes no token of the old one: then the page is loaded anew, once. */
  async #again(): Promise<void> {
    window.clearTimeout(this.#retry);
    const attempt = ++this.#attempt;
    try {
      const signal = AbortSignal.timeout(ANSWER_MS);
      const answer = await fetch('/__alga/health', { cache: 'no-store', signal });
      const { session } = (await answer.json()) as { session?: string };
      if (session !== undefined && session !== this.#boot.session) {
        location.reload();
        return;
      }
      if (attempt === this.#attempt) this.#connect();
    } catch {
      if (attempt !== this.#attempt) return;
      this.#retry = window.setTimeout(() => void this.#again(), this.#pause);
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
    }
  }
}
