import { fill, h } from '../dom.js';
import { ConfigValues } from './config-values.js';
import { attempt, emptyLine, field, form, type Panel, type PanelContext, problemLine } from './panel.js';
import { valueRow } from './value-row.js';

/** Secrets and configuration of the install. */
export class SecretsPanel implements Panel {
  readonly key = 'secrets';
  readonly title = 'Secrets';
  readonly element: HTMLElement;
  readonly #context: PanelContext;
  readonly #problem = problemLine();
  readonly #names = h('ul', { class: 'rows' });
  readonly #config: ConfigValues;

  constructor(context: PanelContext) {
    this.#context = context;
    this.#config = new ConfigValues(context, this.#problem);
    const secret = form(
      [
        field('Name', 'name', { required: true }),
        field('Value', 'value', { type: 'password', required: true }),
      ],
      'Set secret',
      (values) => this.#change('PUT', { name: values.name, value: values.value }),
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
      this.#config.element,
    );
  }

  open(): void {
    void attempt(this.#problem, () => this.#load());
  }

  get #path(): string {
    return `/extensions/${this.#context.registryId}/secrets`;
  }

  async #load(): Promise<void> {
    const [secrets] = await Promise.all([
      this.#context.api.get<{ names: string[]; readable: boolean }>(this.#path),
      this.#config.load(),
    ]);
    const names = secrets.names.map((name) => valueRow(name, 'set', () => this.#change('DELETE', { name })));
    const locked = emptyLine('There are secrets that this machine cannot open. Setting one replaces them.');
    fill(this.#names, ...(secrets.readable ? names : [locked]));
  }

  #change(method: 'PUT' | 'DELETE', body: unknown): Promise<void> {
    return attempt(this.#problem, async () => {
      await this.#context.api.change(method, this.#path, body);
      await this.#load();
    });
  }
}
