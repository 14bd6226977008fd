import type { PageBoot } from '../wire/boot.js';
import type { ExtensionState } from '../wire/messages.js';
import { button, select } from './controls.js';
import { fill, h } from './dom.js';

const SIGNED_OUT = 'signed-out';
const NO_ENTRY = 'has no entry in this menu of Alga';

/** What surrounds every page: the sidebar with the menu, and the bar with tenant, user and theme. */
export class Shell {
  readonly element: HTMLElement;
  readonly content = h('main', { class: 'content', id: 'content' });
  readonly #boot: PageBoot;
  readonly #menu = h('ul', { class: 'menu' });
  readonly #title = h('h1', { class: 'title' });

  constructor(boot: PageBoot) {
    this.#boot = boot;
    this.element = h(
      'div',
      { class: 'shell', 'data-portal': boot.portal },
      h('a', { class: 'skip', href: '#content' }, 'Skip to the extension'),
      this.#sidebar(),
      h('div', { class: 'workspace' }, this.#topbar(), this.content),
    );
  }

  /** Shows the menu; the page's own entry is marked. */
  drawMenu(extensions: readonly ExtensionState[]): void {
    const isPortal = this.#boot.portal === 'client';
    const base = isPortal ? '/client-portal/extensions' : '/msp/extensions';
    const entries = extensions.flatMap(({ registryId, label, menu, developed, displayName, errors }) => {
      const current = registryId === this.#boot.registryId;
      const own = menu === undefined ? label : isPortal ? menu.portal : menu.app;
      // Who works on an extension has to find it, whether or not it asks for an entry.
      if (own === undefined && !developed) return [];
      return h(
        'li',
        {},
        h(
          'a',
          {
            class: 'menu-entry',
            href: `${base}/${registryId}`,
            title: own === undefined ? `${displayName}: ${NO_ENTRY}` : displayName,
            ...(current ? { 'aria-current': 'page' } : {}),
          },
          h('span', own === undefined ? { class: 'muted' } : {}, own ?? label),
          errors.length > 0 ? h('span', { class: 'dot', title: 'It has errors' }, '●') : undefined,
        ),
      );
    });
    fill(this.#menu, ...entries);
  }

  setTitle(text: string): void {
    fill(this.#title, text);
    document.title = `${text} · alga dev`;
  }

  #sidebar(): HTMLElement {
    const client = this.#boot.portal === 'client';
    const settings = h('a', { class: 'menu-entry', href: '/msp/settings/extensions' }, 'Settings');
    if (this.#boot.view === 'settings') settings.setAttribute('aria-current', 'page');
    return h(
      'nav',
      { class: 'sidebar', 'aria-label': 'Extensions' },
      h(
        'a',
        { class: 'brand', href: '/' },
        h('span', { class: 'brand-mark', 'aria-hidden': 'true' }),
        'alga dev',
      ),
      h('p', { class: 'menu-heading' }, client ? 'Apps' : 'Extensions'),
      this.#menu,
      client ? undefined : h('div', { class: 'menu-foot' }, settings),
    );
  }

  #topbar(): HTMLElement {
    return h(
      'header',
      { class: 'topbar' },
      this.#title,
      ...(this.#boot.loadError ? [] : [this.#tenant(), this.#userSwitch()]),
      button('Light / dark', toggleTheme, 'Switch between the light and the dark theme'),
    );
  }

  #tenant(): HTMLElement {
    const { tenant, tenants } = this.#boot;
    if (tenants.length < 2) return h('span', { class: 'tenant', title: tenant.id }, tenant.name);
    const choices = tenants.map(({ id, name }) => ({ value: id, label: name }));
    return select('Tenant', choices, tenant.id, (id) => {
      setCookie('alga-dev-tenant', id);
      location.reload();
    });
  }

  #userSwitch(): HTMLElement {
    const { users, user, registryId } = this.#boot;
    const choices = [
      ...users.map(({ key, name, title }) => ({ value: key, label: `${name} (${title})` })),
      { value: SIGNED_OUT, label: 'Nobody (signed out)' },
    ];
    return select('Act as', choices, user, (key) => {
      const type = users.find((known) => known.key === key)?.type;
      setCookie('alga-dev-user', key);
      const base = type === 'client' ? '/client-portal/extensions' : '/msp/extensions';
      if (registryId === undefined) location.reload();
      else location.assign(`${base}/${registryId}`);
    });
  }
}

function setCookie(name: string, value: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the other way is not there in every browser
  document.cookie = `${name}=${encodeURIComponent(value)}; path=/; samesite=strict`;
}

function toggleTheme(): void {
  const { classList } = document.documentElement;
  const dark = !classList.contains('dark');
  classList.toggle('dark', dark);
  classList.toggle('light', !dark);
  localStorage.setItem('alga-theme', dark ? 'dark' : 'light');
}
