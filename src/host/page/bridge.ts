import { callGateway, flawOf, readAsk } from './api-proxy.js';
import { NO_ORIGIN } from './frame-address.js';
import { themeTokens } from './theme-tokens.js';

const VERSION = '1';
const LOWEST = 100;
const HIGHEST = 4000;

export interface BridgeOptions {
  readonly registryId: string;
  readonly frame: HTMLIFrameElement;
  /** Origin of the frame's document; `null` for a sealed one, which counts with its window only. */
  readonly frameOrigin: string;
  /** Whether the theme is sent: in the product's cloud it is, in its docker setup it is not. */
  readonly sendsTheme: boolean;
  readonly onReady: () => void;
  /** Tells the author about something the product treats in a surprising way. */
  readonly onNote: (text: string) => void;
}

interface Envelope {
  readonly alga?: unknown;
  readonly version?: unknown;
  readonly type?: unknown;
  readonly request_id?: unknown;
  readonly payload?: unknown;
}

/** The page's end of the line to the extension in the iframe. */
export class Bridge {
  readonly #options: BridgeOptions;
  readonly #listener = (event: MessageEvent): void => this.#hear(event);
  readonly #themeWatch = new MutationObserver(() => this.sendTheme());

  constructor(options: BridgeOptions) {
    this.#options = options;
  }

  attach(): void {
    window.addEventListener('message', this.#listener);
    if (!this.#options.sendsTheme) return;
    this.#themeWatch.observe(document.documentElement, { attributeFilter: ['class', 'style'] });
  }

  detach(): void {
    window.removeEventListener('message', this.#listener);
    this.#themeWatch.disconnect();
  }

  sendTheme(): void {
    if (this.#options.sendsTheme)
      this.#post('theme', themeTokens(getComputedStyle(document.documentElement)));
  }

  #hear(event: MessageEvent): void {
    const { frame, frameOrigin } = this.#options;
    if (event.source !== frame.contentWindow || event.origin !== frameOrigin) return;
    if (typeof event.data !== 'object' || event.data === null) return;
    const message = event.data as Envelope;
    switch (message.type) {
      case 'ready':
        this.#ready(message);
        break;
      case 'resize':
        this.#resize(message.payload);
        break;
      case 'apiproxy':
        void this.#proxy(message);
        break;
      case 'navigate':
        this.#options.onNote('The extension sent navigate: Alga ignores it');
        break;
      default:
        if (message.alga === true) this.#noteUnknown(message.type);
    }
  }

  #ready(message: Envelope): void {
    // Only this message is asked for the whole envelope, as in the product.
    if (message.alga !== true || message.version !== VERSION) return;
    this.#options.onReady();
    this.sendTheme();
  }

  #resize(payload: unknown): void {
    const height = (payload as { height?: unknown } | undefined)?.height;
    if (typeof height !== 'number' || !Number.isFinite(height)) return;
    const clamped = Math.min(HIGHEST, Math.max(LOWEST, Math.floor(height)));
    this.#options.frame.style.height = `${clamped}px`;
  }

  async #proxy(message: Envelope): Promise<void> {
    const { registryId, onNote } = this.#options;
    const requestId = message.request_id;
    if (typeof requestId !== 'string' || requestId === '') {
      onNote('The extension sent apiproxy without a request_id: Alga drops it');
      return;
    }
    const ask = readAsk(message.payload);
    const flaw = flawOf(ask);
    if (flaw) onNote(flaw.text);
    if (flaw?.kind === 'method') return;
    const answer = flaw ? { error: flaw.text } : await callGateway(registryId, ask);
    this.#post('apiproxy_response', answer, requestId);
  }

  #noteUnknown(type: unknown): void {
    this.#options.onNote(
      `The extension sent ${String(type).slice(0, 60)}: Alga has no such message and ignores it`,
    );
  }

  /**
   * The product sends answers to any origin; they go to the frame's own here, which is all that can ask. A
   * sealed frame cannot be named; the page's policy lets no other site into it.
   */
  #post(type: string, payload: unknown, requestId?: string): void {
    const { frame, frameOrigin } = this.#options;
    const envelope = { alga: true, version: VERSION, type, payload };
    frame.contentWindow?.postMessage(
      requestId === undefined ? envelope : { ...envelope, request_id: requestId },
      frameOrigin === NO_ORIGIN ? '*' : frameOrigin,
    );
  }
}
