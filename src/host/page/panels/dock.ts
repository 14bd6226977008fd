import type { ChannelMessage } from '../../wire/messages.js';
import { fill, h } from '../dom.js';
import type { Panel } from './panel.js';

/** The author's tools beside the extension, one tab each. Arrow keys go from tab to tab. */
export class Dock {
  readonly element: HTMLElement;
  readonly #panels: readonly Panel[];
  readonly #tabs: readonly HTMLButtonElement[];
  readonly #body = h('div', { class: 'dock-body', role: 'tabpanel', id: 'dock-body', tabindex: -1 });
  #chosen: Panel | undefined;

  constructor(panels: readonly Panel[]) {
    this.#panels = panels;
    this.#tabs = panels.map((panel) =>
      h(
        'button',
        {
          type: 'button',
          role: 'tab',
          class: 'tab',
          id: `tab-${panel.key}`,
          'aria-controls': 'dock-body',
          on: { click: () => this.#choose(panel), keydown: (event) => this.#move(event as KeyboardEvent) },
        },
        panel.title,
      ),
    );
    const list = h('div', { class: 'tabs', role: 'tablist', 'aria-label': 'Tools' }, ...this.#tabs);
    this.element = h(
      'aside',
      { class: 'dock', 'aria-label': 'Tools of the author', hidden: true },
      list,
      this.#body,
    );
  }

  get isOpen(): boolean {
    return !this.element.hidden;
  }

  /** Shows the dock with that tab, else the one that was chosen last; or hides it. */
  show(open: boolean, key = localStorage.getItem('alga-tab') ?? ''): void {
    this.element.hidden = !open;
    localStorage.setItem('alga-dock', open ? 'open' : 'closed');
    const panel = this.#panels.find((known) => known.key === key) ?? this.#panels[0];
    if (open && panel) this.#choose(panel);
  }

  has(key: string): boolean {
    return this.#panels.some((panel) => panel.key === key);
  }

  wasOpen(): boolean {
    return localStorage.getItem('alga-dock') === 'open';
  }

  hear(message: ChannelMessage): void {
    for (const panel of this.#panels) panel.hear?.(message);
    // After a lost connection things may have happened that nobody told.
    if (message.type === 'hello' && this.isOpen) this.#chosen?.open();
  }

  #choose(panel: Panel): void {
    this.#chosen = panel;
    localStorage.setItem('alga-tab', panel.key);
    for (const tab of this.#tabs) {
      const selected = tab.id === `tab-${panel.key}`;
      tab.setAttribute('aria-selected', String(selected));
      tab.tabIndex = selected ? 0 : -1;
    }
    this.#body.setAttribute('aria-labelledby', `tab-${panel.key}`);
    fill(this.#body, panel.element);
    panel.open();
  }

  #move(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const at = this.#chosen ? this.#panels.indexOf(this.#chosen) : 0;
    const next = this.#panels[(at + step + this.#panels.length) % this.#panels.length];
    if (!next) return;
    event.preventDefault();
    this.#choose(next);
    this.#tabs[this.#panels.indexOf(next)]?.focus();
  }
}
