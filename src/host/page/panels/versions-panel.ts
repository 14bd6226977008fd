import type { VersionEntry, VersionList } from '../../wire/author.js';
import type { ChannelMessage, PageCommand } from '../../wire/messages.js';
import { button } from '../controls.js';
import { fill, h } from '../dom.js';
import { shortHash } from '../status-badge.js';
import { attempt, emptyLine, type Panel, type PanelContext, problemLine } from './panel.js';

export interface VersionsContext extends PanelContext {
  readonly extension: string;
  /** Only the session that develops an extension switches its bundles. */
  readonly developed: boolean;
  readonly command: (command: PageCommand) => void;
}

/** The published bundles, and the way back to any of them. */
export class VersionsPanel implements Panel {
  readonly key = 'versions';
  readonly title = 'Versions';
  readonly element: HTMLElement;
  readonly #context: VersionsContext;
  readonly #problem = problemLine();
  readonly #list = h('ol', { class: 'rows' });

  constructor(context: VersionsContext) {
    this.#context = context;
    const { extension, command, developed } = context;
    const back = button('Go back to the one before', () => command({ type: 'previousVersion', extension }));
    const restart = button('Restart the runner', () => command({ type: 'restartRunner' }));
    back.hidden = !developed;
    this.element = h(
      'div',
      { class: 'panel' },
      this.#problem,
      h('div', { class: 'row-actions' }, back, restart),
      this.#list,
    );
  }

  open(): void {
    void attempt(this.#problem, async () => {
      const path = `/extensions/${this.#context.registryId}/versions`;
      const { version, bundles } = await this.#context.api.get<VersionList>(path);
      const rows = bundles.map((bundle) => this.#row(version, bundle));
      fill(this.#list, ...(rows.length === 0 ? [emptyLine('Nothing is published yet.')] : rows));
    });
  }

  hear(message: ChannelMessage): void {
    if (message.type === 'published' && this.element.isConnected) this.open();
  }

  #row(version: string, { contentHash, sizeBytes, since, active }: VersionEntry): HTMLElement {
    return h(
      'li',
      { class: 'pair', ...(active ? { 'aria-current': 'true' } : {}) },
      h('code', { title: contentHash }, shortHash(contentHash)),
      h('span', { class: 'muted' }, facts(version, sizeBytes, since)),
      active ? h('span', { class: 'tag' }, 'served') : this.#switchButton(contentHash),
    );
  }

  #switchButton(contentHash: string): HTMLElement | undefined {
    const { extension, developed, command } = this.#context;
    if (!developed) return undefined;
    const use = button('Serve this one', () => {
      use.disabled = true;
      command({ type: 'useVersion', extension, contentHash });
    });
    use.setAttribute('aria-label', `Serve ${shortHash(contentHash)}`);
    return use;
  }
}

function facts(version: string, sizeBytes: number | null, since: string | null): string {
  const size = sizeBytes === null ? '' : `, ${(sizeBytes / 1_000_000).toFixed(1)} MB`;
  return `v${version}${size}${since === null ? '' : `, ${new Date(since).toLocaleString()}`}`;
}
