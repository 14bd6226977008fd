import type { ClientEntry, ClientList, ServiceEntry, ServiceList } from '../wire/author.js';
import type { Api } from './api.js';
import { fill, h } from './dom.js';
import { attempt, field, form, problemLine } from './panels/panel.js';

type Values = Readonly<Record<string, string>>;

/** Clients and services of the tenant, as extensions get to see them; every one can be edited. */
export class RecordsSection {
  readonly element: HTMLElement;
  readonly #api: Api;
  readonly #problem = problemLine();
  readonly #clients = h('div', { class: 'records' });
  readonly #services = h('div', { class: 'records' });

  constructor(api: Api) {
    this.#api = api;
    this.element = h(
      'section',
      { class: 'card' },
      h('h2', {}, 'Clients and services'),
      h('p', { class: 'muted' }, 'What extensions read with cap:client.read and cap:service.read.'),
      this.#problem,
      h('h3', {}, 'Clients'),
      this.#clients,
      h('h3', {}, 'Services and products'),
      this.#services,
    );
  }

  refresh(): void {
    void attempt(this.#problem, () => this.#load());
  }

  async #load(): Promise<void> {
    const [{ clients }, { services }] = await Promise.all([
      this.#api.get<ClientList>('/records/clients'),
      this.#api.get<ServiceList>('/records/services'),
    ]);
    const newClient = fold('Add a client', this.#clientForm());
    const newService = fold('Add a service', this.#serviceForm());
    fill(this.#clients, ...clients.map((one) => fold(clientTitle(one), this.#clientForm(one))), newClient);
    fill(
      this.#services,
      ...services.map((one) => fold(serviceTitle(one), this.#serviceForm(one))),
      newService,
    );
  }

  #clientForm(client?: ClientEntry): HTMLElement {
    return this.#form('clients', client?.id, (values) => clientOf(values), [
      field('Name', 'name', { required: true, value: client?.name ?? '' }),
      choice('Type', 'type', ['company', 'individual', ''], client?.type ?? ''),
      field('Billing email', 'billingEmail', { value: client?.billingEmail ?? '' }),
      field('Currency', 'currency', { required: true, value: client?.currency ?? 'USD' }),
      tick('Inactive', 'isInactive', client?.isInactive === true),
    ]);
  }

  #serviceForm(service?: ServiceEntry): HTMLElement {
    return this.#form('services', service?.id, (values) => serviceOf(values), [
      field('Name', 'name', { required: true, value: service?.name ?? '' }),
      choice('Kind', 'itemKind', ['service', 'product'], service?.itemKind ?? 'service'),
      choice('Billed', 'billingMethod', ['fixed', 'hourly', 'usage'], service?.billingMethod ?? 'fixed'),
      field('Rate in cents', 'rate', {
        required: true,
        inputmode: 'numeric',
        value: String(service?.rate ?? 0),
      }),
      field('Unit', 'unit', { required: true, value: service?.unit ?? 'each' }),
      field('SKU', 'sku', { value: service?.sku ?? '' }),
      tick('Active', 'isActive', service?.isActive !== false),
    ]);
  }

  #form(
    what: 'clients' | 'services',
    id: string | undefined,
    read: (values: Values) => object,
    fields: readonly HTMLElement[],
  ): HTMLElement {
    return form(fields, id === undefined ? 'Add' : 'Save', (values) =>
      attempt(this.#problem, async () => {
        await this.#api.change('PUT', `/records/${what}`, { ...(id ? { id } : {}), ...read(values) });
        await this.#load();
      }),
    );
  }
}

function clientOf({ name, type, billingEmail, currency, isInactive }: Values): object {
  return {
    name,
    type: type || null,
    billingEmail: billingEmail || null,
    currency,
    isInactive: isInactive !== undefined,
  };
}

function serviceOf({ name, itemKind, billingMethod, rate, unit, sku, isActive }: Values): object {
  return {
    name,
    itemKind,
    billingMethod,
    rate: Number(rate),
    unit,
    sku: sku || null,
    isActive: isActive !== undefined,
  };
}

function clientTitle({ name, type, isInactive }: ClientEntry): string {
  return [name, ...(type ? [type] : []), ...(isInactive ? ['inactive'] : [])].join(', ');
}

function serviceTitle({ name, rate, unit, isActive }: ServiceEntry): string {
  return `${name}, ${(rate / 100).toFixed(2)} per ${unit}${isActive ? '' : ', inactive'}`;
}

function fold(title: string, content: HTMLElement): HTMLElement {
  return h('details', { class: 'fold' }, h('summary', {}, title), content);
}

function choice(label: string, name: string, values: readonly string[], current: string): HTMLElement {
  const options = values.map((value) =>
    h('option', { value, selected: value === current }, value === '' ? 'none' : value),
  );
  const list = h('select', { class: 'select', name }, ...options);
  return h('label', { class: 'field' }, h('span', {}, label), list);
}

function tick(label: string, name: string, checked: boolean): HTMLElement {
  const box = h('input', { type: 'checkbox', name, checked });
  return h('label', { class: 'field is-tick' }, box, h('span', {}, label));
}
