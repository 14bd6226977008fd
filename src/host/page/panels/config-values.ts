import { fill, h } from '../dom.js';
import { attempt, field, form, type PanelContext } from './panel.js';
import { valueRow } from './value-row.js';

/** The configuration of an install: values with their names, each to be set and removed. */
export class ConfigValues {
  readonly element: HTMLElement;
  readonly #context: PanelContext;
  readonly #problem: HTMLElement;
  readonly #values = h('ul', { class: 'rows' });

  /** What goes wrong is said in `problem`. */
  constructor(context: PanelContext, problem: HTMLElement) {
    this.#context = context;
    this.#problem = problem;
    const set = form(
      [field('Name', 'name', { required: true }), field('Value', 'value')],
      'Set value',
      (values) => this.#set(values.name ?? '', values.value),
    );
    const about = h('p', { class: 'muted' }, 'Sent with every call of the handler.');
    this.element = h('div', {}, about, this.#values, set);
  }

  /** Shows what is true now. */
  async load(): Promise<void> {
    const config = await this.#read();
    const rows = Object.entries(config).map(([name, value]) => valueRow(name, value, () => this.#set(name)));
    fill(this.#values, ...rows);
  }

  get #path(): string {
    return `/extensions/${this.#context.registryId}/config`;
  }

  async #read(): Promise<Readonly<Record<string, string>>> {
    const { config } = await this.#context.api.get<{ config: Record<string, string> }>(this.#path);
    return config;
  }

  /** Sets one value, or removes it, leaving the others as they are. */
  #set(name: string, value?: string): Promise<void> {
    return attempt(this.#problem, async () => {
      const { [name]: _old, ...others } = await this.#read();
      const config = value === undefined ? others : { ...others, [name]: value };
      await this.#context.api.change('PUT', this.#path, { config });
      await this.load();
    });
  }
}
