import { Bridge } from './bridge.js';
import { fill, h } from './dom.js';
import type { FrameAddress } from './frame-address.js';

/** The overlay goes after this time even when the extension never says that it is ready. */
const PATIENCE_MS = 1500;
/** A loaded frame that has said nothing for so long has tried to say it to somebody else. */
const SILENCE_MS = 4000;
const SILENT =
  'The extension has not said that it is ready. In this frame, which is not told the page’s origin, the SDK needs new IframeBridge({ devAllowWildcard: true })';

export interface FrameStageOptions {
  readonly onNote: (text: string) => void;
}

export interface FrameContent extends FrameAddress {
  readonly registryId: string;
  readonly sendsTheme: boolean;
  /** Whether a loaded frame counts as ready, as in the product's docker setup. */
  readonly readyOnLoad: boolean;
  /** Whether the frame is told nothing of the page's origin, so that silence may mean a lost message. */
  readonly isStranger: boolean;
}

/** The box that holds the iframe with the overlay that covers it while it loads. */
export class FrameStage {
  readonly element = h('div', { class: 'frame-box' });
  readonly #options: FrameStageOptions;
  #bridge: Bridge | undefined;
  #shown: string | undefined;

  constructor(options: FrameStageOptions) {
    this.#options = options;
  }

  /** Shows an address; the same address again leaves the frame as it is. */
  show(content: FrameContent): void {
    const key = JSON.stringify(content);
    if (key === this.#shown) return;
    this.#shown = key;
    this.#mount(content);
  }

  /** Loads the frame again. */
  reload(content: FrameContent): void {
    this.#shown = undefined;
    this.show(content);
  }

  /** Shows a text in place of a frame. */
  say(title: string, detail: string): void {
    this.#clear();
    this.#shown = undefined;
    fill(this.element, h('div', { class: 'frame-empty' }, h('h2', {}, title), h('p', {}, detail)));
  }

  #mount(content: FrameContent): void {
    this.#clear();
    const { src, sandbox } = content;
    const frame = h('iframe', { class: 'frame', sandbox, title: 'Extension App', src });
    const overlay = loadingOverlay();
    const box = h('div', { class: 'frame-fit', 'aria-busy': 'true' }, frame, overlay);
    const settle = (): void => {
      frame.classList.add('is-loaded');
      overlay.remove();
      box.removeAttribute('aria-busy');
    };
    let isReady = false;
    const noteSilence = (): void => {
      if (!isReady && frame.isConnected) this.#options.onNote(SILENT);
    };
    const listenFor = (): unknown => window.setTimeout(noteSilence, SILENCE_MS);
    if (content.isStranger) frame.addEventListener('load', listenFor, { once: true });
    this.#bridge = new Bridge({
      registryId: content.registryId,
      frame,
      frameOrigin: content.origin,
      sendsTheme: content.sendsTheme,
      onReady: () => {
        isReady = true;
        settle();
      },
      onNote: this.#options.onNote,
    });
    this.#bridge.attach();
    if (content.readyOnLoad) frame.addEventListener('load', settle);
    window.setTimeout(settle, PATIENCE_MS);
    fill(this.element, box);
  }

  #clear(): void {
    this.#bridge?.detach();
    this.#bridge = undefined;
  }
}

function loadingOverlay(): HTMLElement {
  return h(
    'div',
    { class: 'extension-loading-overlay', role: 'status' },
    h('span', { class: 'spinner', 'aria-hidden': 'true' }),
    h('strong', {}, 'Starting extension'),
    h('span', {}, 'Loading its page'),
  );
}
