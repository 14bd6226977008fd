import { button } from '../controls.js';
import { fill, h } from '../dom.js';
import { attempt, emptyLine, field, form, type Panel, type PanelContext, problemLine } from './panel.js';

/** Secrets and configuration of the install. */
export class SecretsPanel implements Panel {
  readonly key = 'secrets';
  readonly title = 'Secrets';
  readonly element: HTMLElement;
  readonly #context: PanelContext;
  readonly #problem = problemLine();
  readonly #names = h('ul', { class: 'rows' });
  readonly #config = h('ul', { class: 'rows' });

  constructor(context: PanelContext) {
    this.#context = context;
    const secret = form(
      [
        field('Name', 'name', { required: true }),
        field('Value', 'value', { type: 'password', required: true }),
      ],
      'Set secret',
      (values) => this.#change('secrets', 'PUT', { name: values.name, value: values.value }),
    );
    const value = form(
      [field('Name', 'name', { required: true }), field('Value', 'value')],
      'Set value',
      (values) => this.#setConfig(values.name ?? '', values.value),
    );
    this.element = h(
      'div',
      { class: 'panel' },
      this.#problem,
      h('h3', {}, 'Secrets'),
      h(
        'p',
        { class: 'muted' },
        'The handler reads them with cap:secrets.get. They are sealed at rest and never shown again.',
      ),
      this.#names,
      secret,
      h('h3', {}, 'Configuration'),
      h('p', { class: 'muted' }, 'Sent with every call of the handler.'),
      this.#config,
      value,
    );
  }

  open(): void {
    void attempt(this.#problem, () => this.#load());
  }

  get #base(): string {
    return `/extensions/${this.#context.registryId}`;
  }

  async #load(): Promise<void> {
    const { api } = this.#context;
    const [secrets, { config }] = await Promise.all([
      api.get<{ names: string[]; readable: boolean }>(`${this.#base}/secrets`),
      api.get<{ config: Record<string, string> }>(`${this.#base}/config`),
    ]);
    const names = secrets.names.map((name) =>
      row(name, 'set', () => this.#change('secrets', 'DELETE', { name })),
    );
    const locked = emptyLine('There are secrets that this machine cannot open. Setting one replaces them.');
    fill(this.#names, ...(secrets.readable ? names : [locked]));
    const values = Object.entries(config).map(([name, value]) =>
      row(name, value, () => this.#setConfig(name)),
    );
    fill(this.#config, ...values);
  }

  #change(what: string, method: 'PUT' | 'DELETE', body: unknown): Promise<void> {
    return attempt(this.#problem, async () => {
      await this.#context.api.change(method, `${this.#base}/${what}`, body);
      await this.#load();
    });
  }

  /** Sets one value, or removes it, leaving the others as they are. */
  #setConfig(name: string, value?: string): Promise<void> {
    return attempt(this.#problem, async () => {
      const { config } = await this.#context.api.get<{ config: Record<string, string> }>(
        `${this.#base}/config`,
      );
      const { [name]: _old, ...others } = config;
      await this.#context.api.change('PUT', `${this.#base}/config`, {
        config: value === undefined ? others : { ...others, [name]: value },
      });
      await this.#load();
    });
  }
}

function row(name: string, value: string, onRemove: () => Promise<void>): HTMLElement {
  const remove = button('Remove', () => void onRemove());
  remove.setAttribute('aria-label', `Remove ${name}`);
  return h('li', { class: 'pair' }, h('code', {}, name), h('span', { class: 'muted' }, value), remove);
}
