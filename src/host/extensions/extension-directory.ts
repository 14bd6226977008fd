import { type ContentHash, type RegistryId, registryIdSchema } from '../../core/ids.js';
import type { HostExtension, ServedBundle } from '../door.js';
import { changeOf } from '../wire/extension-state.js';
import type { ExtensionState, Menu, PageMessage, ServedState } from '../wire/messages.js';

/** The entries of an extension in a tenant's menus. */
export interface InstalledMenu {
  readonly tenantId: string;
  readonly registryId: string;
  readonly menu: Menu;
}

interface Entry {
  extension: HostExtension;
  state: ExtensionState;
}

/** The extensions of this session and how each stands, and those that are installed beside them. */
export class ExtensionDirectory {
  readonly #entries = new Map<RegistryId, Entry>();
  #installed: readonly ExtensionState[] = [];
  #menus: readonly InstalledMenu[] = [];

  /** Adds an extension, or replaces what is known of the same registry id. */
  put(extension: HostExtension): void {
    const { registryId, displayName, label, tenantId, hasUi, projectRoot } = extension;
    const known = this.#entries.get(registryId)?.state ?? { errors: [] };
    const identity = { registryId, extension: extension.extension, displayName, label, tenantId };
    const state = { ...known, ...identity, hasUi, projectRoot, developed: true };
    this.#entries.set(registryId, { extension, state });
  }

  remove(registryId: RegistryId): void {
    this.#entries.delete(registryId);
  }

  /** Takes over which other extensions are installed, and the menu entries of all. */
  setInstalled({
    states,
    menus,
  }: {
    states: readonly ExtensionState[];
    menus: readonly InstalledMenu[];
  }): void {
    this.#installed = states;
    this.#menus = menus;
  }

  /** The extension of this session with that id. */
  get(registryId: RegistryId): HostExtension | undefined {
    return this.#entries.get(registryId)?.extension;
  }

  all(): HostExtension[] {
    return [...this.#entries.values()].map(({ extension }) => extension);
  }

  first(): HostExtension | undefined {
    return this.#entries.values().next().value?.extension;
  }

  /** How an extension stands, of this session or not. */
  state(registryId: RegistryId): ExtensionState | undefined {
    return this.states().find((state) => state.registryId === registryId);
  }

  /** The extension of this session that a caller names by registry id, install id or slug (`publisher.name`). */
  named(id: string): HostExtension | undefined {
    const lower = id.toLowerCase();
    for (const { extension, state } of this.#entries.values()) {
      if (extension.registryId === lower || state.served?.installId === lower) return extension;
      if (extension.extension.replace('/', '.').toLowerCase() === lower) return extension;
    }
    return undefined;
  }

  /** Notes which bundle is served; undefined for an extension that is not part of this session. */
  serve(registryId: RegistryId, bundle: ServedBundle): ServedState | undefined {
    const entry = this.#entries.get(registryId);
    if (!entry) return undefined;
    const served = { ...bundle, since: new Date().toISOString() };
    entry.state = { ...entry.state, served };
    return served;
  }

  served(registryId: RegistryId): ServedState | undefined {
    return this.#entries.get(registryId)?.state.served;
  }

  /** The extension whose served bundle has that hash, for addresses that name nothing else. */
  servedWith(contentHash: ContentHash): ExtensionState | undefined {
    return this.states().find(({ served }) => served?.contentHash === contentHash);
  }

  /** Keeps of a message what a page that opens later has to know. */
  remember(registryId: RegistryId | undefined, message: PageMessage): void {
    for (const [id, entry] of this.#entries) {
      if (registryId !== undefined && registryId !== id) continue;
      entry.state = { ...entry.state, ...changeOf(entry.state, message) };
    }
  }

  /** Those of this session first. */
  states(): ExtensionState[] {
    const own = [...this.#entries.values()].map(({ state }) => state);
    const others = this.#installed.filter(({ registryId }) => !this.#has(registryId));
    return [...own, ...others].map((state) => this.#withMenu(state));
  }

  #withMenu(state: ExtensionState): ExtensionState {
    const { registryId, tenantId } = state;
    const found = this.#menus.find((known) => known.registryId === registryId && known.tenantId === tenantId);
    return found ? { ...state, menu: found.menu } : state;
  }

  #has(registryId: string): boolean {
    return [...this.#entries.keys()].some((id) => id === registryId);
  }
}

/** A registry id from a URL; undefined when it is none. */
export function registryIdOf(text: string | undefined): RegistryId | undefined {
  const parsed = registryIdSchema.safeParse(text);
  return parsed.success ? parsed.data : undefined;
}
