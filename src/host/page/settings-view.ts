import type { InstallEntry, InstallList } from '../wire/author.js';
import type { Api } from './api.js';
import type { BundleUploads } from './bundle-uploads.js';
import { button } from './controls.js';
import { fill, h } from './dom.js';
import { installForm } from './install-form.js';
import { ConfigValues } from './panels/config-values.js';
import { attempt, emptyLine, form, problemLine } from './panels/panel.js';
import { RecordsSection } from './records-section.js';
import { shortHash } from './status-badge.js';

/** Longest description shown of an extension. */
const MOST_TEXT = 200;

/** `/msp/settings/extensions`: what is installed for the tenant, and what can be done with it. */
export class SettingsView {
  readonly element: HTMLElement;
  readonly #api: Api;
  readonly #bundles: BundleUploads;
  readonly #records: RecordsSection;
  #capabilities: readonly string[] = [];
  readonly #problem = problemLine();
  readonly #done = h('p', { class: 'note', role: 'status', hidden: true });
  readonly #list = h('div', { class: 'list' });
  readonly #install = h('div', { class: 'install' });

  constructor(api: Api, bundles: BundleUploads) {
    this.#api = api;
    this.#bundles = bundles;
    this.#records = new RecordsSection(api);
    this.#records.refresh();
    this.element = h(
      'div',
      { class: 'settings' },
      this.#problem,
      this.#done,
      this.#list,
      this.#install,
      this.#records.element,
    );
  }

  refresh(): void {
    void attempt(this.#problem, () => this.#load());
  }

  async #load(): Promise<void> {
    const { installs, canInstall, capabilities } = await this.#api.get<InstallList>('/installs');
    this.#capabilities = capabilities;
    const none = emptyLine('Nothing is installed for this tenant.');
    fill(this.#list, ...(installs.length === 0 ? [none] : installs.map((entry) => this.#card(entry))));
    fill(this.#install, canInstall ? this.#installForm() : undefined);
  }

  #card(entry: InstallEntry): HTMLElement {
    const { registryId, extension, displayName, description, version, contentHash, enabled, inSession } =
      entry;
    const granted = entry.granted.filter((name) => !entry.declared.includes(name));
    const facts: [string, string][] = [
      ['Extension', extension],
      ['Version', contentHash === null ? version : `${version} (${shortHash(contentHash)})`],
      ['Registry id', registryId],
      ['Install id', entry.installId],
      ['Capabilities', entry.declared.join(', ') || 'none declared'],
      ...(granted.length > 0 ? [['Granted as well', granted.join(', ')] as [string, string]] : []),
    ];
    return h(
      'article',
      { class: 'card', id: registryId },
      h(
        'h2',
        {},
        h('a', { href: `/msp/extensions/${registryId}` }, displayName),
        inSession ? h('span', { class: 'tag' }, 'in this session') : undefined,
        enabled ? undefined : h('span', { class: 'tag is-changed' }, 'switched off'),
      ),
      description === '' ? undefined : h('p', { class: 'muted' }, description.slice(0, MOST_TEXT)),
      h(
        'dl',
        { class: 'facts' },
        ...facts.flatMap(([term, value]) => [h('dt', {}, term), h('dd', {}, value)]),
      ),
      this.#grants(entry),
      this.#config(registryId),
      this.#actions(entry),
    );
  }

  /** Declared capabilities are always granted; others can be added here. */
  #grants({ registryId, declared, granted }: InstallEntry): HTMLElement {
    const boxes = this.#capabilities
      .filter((name) => !declared.includes(name))
      .map((name) => {
        const box = h('input', { type: 'checkbox', name, checked: granted.includes(name) });
        return h('label', { class: 'field is-tick' }, box, h('span', {}, name));
      });
    const grant = form(boxes, 'Grant', async (values) => {
      const capabilities = [...declared, ...Object.keys(values)];
      const path = `/extensions/${registryId}/capabilities`;
      this.#change(() => this.#api.change('PUT', path, { capabilities }));
    });
    return h('details', { class: 'fold' }, h('summary', {}, 'Grant more capabilities'), grant);
  }

  /** Configuration values, read when they are unfolded. */
  #config(registryId: string): HTMLElement {
    const values = new ConfigValues({ api: this.#api, registryId }, this.#problem);
    const toggle = (): void => {
      if (fold.open) void attempt(this.#problem, () => values.load());
    };
    const fold = h(
      'details',
      { class: 'fold', on: { toggle } },
      h('summary', {}, 'Configuration'),
      values.element,
    );
    return fold;
  }

  #actions({ registryId, displayName, enabled, inSession }: InstallEntry): HTMLElement {
    const path = `/extensions/${registryId}`;
    const toggle = button(enabled ? 'Switch off' : 'Switch on', () =>
      this.#change(() => this.#api.change('PATCH', `${path}/enabled`, { enabled: !enabled })),
    );
    const remove = button('Uninstall', () => {
      if (remove.dataset.armed === undefined) {
        remove.dataset.armed = '';
        fill(remove, `Uninstall ${displayName}? Press again`);
        return;
      }
      this.#change(() => this.#api.change('DELETE', path));
    });
    if (inSession) {
      remove.disabled = true;
      remove.title = 'alga dev works on it: the next save would install it again';
    }
    return h('div', { class: 'row-actions' }, toggle, remove);
  }

  #installForm(): HTMLElement {
    return installForm({
      bundles: this.#bundles,
      attempt: (work) => attempt(this.#problem, work),
      onPublished: async ({ extension, version }) => {
        await this.#api.change('POST', '/installs', { registryId: extension.id, version: version.version });
        this.#done.hidden = false;
        fill(this.#done, `Installed ${extension.publisher}/${extension.name} ${version.version}.`);
        await this.#load();
      },
    });
  }

  #change(work: () => Promise<unknown>): void {
    void attempt(this.#problem, async () => {
      await work();
      await this.#load();
    });
  }
}
