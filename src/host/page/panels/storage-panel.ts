import type { NamespaceList, StoragePage, StoredRecord } from '../../wire/author.js';
import { button } from '../controls.js';
import { fill, h } from '../dom.js';
import { attempt, emptyLine, form, type Panel, type PanelContext, problemLine } from './panel.js';

/** What the extension keeps in its key-value storage. */
export class StoragePanel implements Panel {
  readonly key = 'storage';
  readonly title = 'Storage';
  readonly element: HTMLElement;
  readonly #context: PanelContext;
  readonly #problem = problemLine();
  readonly #namespaces = h('div', { class: 'row-actions', role: 'group', 'aria-label': 'Namespaces' });
  readonly #records = h('div', { class: 'records' });
  /** Records that stay open when the list is drawn anew. */
  readonly #unfolded = new Set<string>();
  #namespace: string | undefined;

  constructor(context: PanelContext) {
    this.#context = context;
    this.element = h('div', { class: 'panel' }, this.#problem, this.#namespaces, this.#records);
  }

  open(): void {
    void attempt(this.#problem, () => this.#load());
  }

  get #base(): string {
    return `/extensions/${this.#context.registryId}/storage`;
  }

  async #load(): Promise<void> {
    const { namespaces } = await this.#context.api.get<NamespaceList>(`${this.#base}/namespaces`);
    if (!namespaces.some(({ namespace }) => namespace === this.#namespace)) {
      this.#namespace = namespaces[0]?.namespace;
    }
    const choices = namespaces.map(({ namespace, keys }) => {
      const choice = button(`${namespace} (${keys})`, () => this.#choose(namespace));
      choice.setAttribute('aria-pressed', String(namespace === this.#namespace));
      return choice;
    });
    fill(
      this.#namespaces,
      ...choices,
      button('Refresh', () => this.open()),
      namespaces.length === 0 ? undefined : this.#emptyButton(),
    );
    await this.#loadRecords();
  }

  /** Asks once more: what is emptied is gone. */
  #emptyButton(): HTMLElement {
    const empty = button('Empty the storage', () => {
      if (empty.dataset.armed === undefined) {
        empty.dataset.armed = '';
        fill(empty, 'Empty all namespaces? Press again');
        return;
      }
      void attempt(this.#problem, async () => {
        await this.#context.api.change('DELETE', this.#base);
        await this.#load();
      });
    });
    return empty;
  }

  #choose(namespace: string): void {
    this.#namespace = namespace;
    this.open();
  }

  async #loadRecords(): Promise<void> {
    const namespace = this.#namespace;
    if (namespace === undefined) {
      fill(this.#records, emptyLine('The extension has stored nothing yet.'));
      return;
    }
    const query = new URLSearchParams({ namespace });
    const page = await this.#context.api.get<StoragePage>(`${this.#base}/records?${query}`);
    const more = page.nextCursor === null ? undefined : this.#moreButton(namespace, page.nextCursor);
    fill(this.#records, ...page.records.map((record) => this.#record(namespace, record)), more);
  }

  #moreButton(namespace: string, cursor: string): HTMLElement {
    const more = button('More', () =>
      attempt(this.#problem, async () => {
        const query = new URLSearchParams({ namespace, cursor });
        const page = await this.#context.api.get<StoragePage>(`${this.#base}/records?${query}`);
        const next = page.nextCursor === null ? [] : [this.#moreButton(namespace, page.nextCursor)];
        more.replaceWith(...page.records.map((record) => this.#record(namespace, record)), ...next);
      }),
    );
    return more;
  }

  #record(namespace: string, record: StoredRecord): HTMLElement {
    const { key, revision, updatedAt, ttlExpiresAt, value } = record;
    const facts = [
      `revision ${revision}`,
      `written ${new Date(updatedAt).toLocaleString()}`,
      ...(ttlExpiresAt ? [`expires ${new Date(ttlExpiresAt).toLocaleString()}`] : []),
    ];
    const id = JSON.stringify([namespace, key]);
    const fold: HTMLDetailsElement = h(
      'details',
      {
        class: 'fold',
        open: this.#unfolded.has(id),
        on: {
          toggle: () => {
            if (fold.open) this.#unfolded.add(id);
            else this.#unfolded.delete(id);
          },
        },
      },
      h('summary', {}, key),
      h('p', { class: 'muted' }, facts.join(', ')),
      value.kind === 'bytes'
        ? h('pre', { class: 'code' }, `base64: ${value.text}`)
        : this.#editor(namespace, record),
      button('Delete', () =>
        attempt(this.#problem, async () => {
          await this.#context.api.change('DELETE', `${this.#base}/records`, { namespace, key });
          await this.#load();
        }),
      ),
    );
    return fold;
  }

  #editor(namespace: string, { key, revision, value }: StoredRecord): HTMLElement {
    const text = h('textarea', {
      class: 'input code',
      name: 'text',
      rows: 6,
      'aria-label': `Value of ${key}`,
    });
    text.value = value.text;
    return form([text], 'Save', (values) =>
      attempt(this.#problem, async () => {
        const change = { namespace, key, text: values.text, revision };
        await this.#context.api.change('PUT', `${this.#base}/records`, change);
        await this.#load();
      }),
    );
  }
}
