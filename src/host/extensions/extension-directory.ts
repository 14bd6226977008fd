import { type ContentHash, type RegistryId, registryIdSchema, type TenantId } from '../../core/ids.js';
import type { HostExtension, ServedBundle } from '../door.js';
import type { ExtensionState, PageError, PageMessage, ServedState } from '../wire/messages.js';

interface Entry {
  extension: HostExtension;
  served: (ServedBundle & { readonly since: string }) | undefined;
  live: ExtensionState['live'];
  /** Errors that are shown now, by step. */
  readonly errors: Map<string, PageError>;
}

/** Steps whose errors are settled when new code of a lane is live. */
const SETTLED_BY_LANE: Readonly<Record<string, readonly string[]>> = {
  ui: ['ui'],
  handler: ['component', 'types'],
};

/** The extensions of this session, and how each stands. */
export class ExtensionDirectory {
  readonly #entries = new Map<RegistryId, Entry>();

  /** Adds an extension, or replaces what is known of the same registry id. */
  put(extension: HostExtension): void {
    const known = this.#entries.get(extension.registryId);
    if (known) known.extension = extension;
    else
      this.#entries.set(extension.registryId, {
        extension,
        served: undefined,
        live: undefined,
        errors: new Map(),
      });
  }

  remove(registryId: RegistryId): void {
    this.#entries.delete(registryId);
  }

  get(registryId: RegistryId): HostExtension | undefined {
    return this.#entries.get(registryId)?.extension;
  }

  first(): HostExtension | undefined {
    return this.#entries.values().next().value?.extension;
  }

  /** The extension a caller names by registry id, install id or slug (`publisher.name`). */
  named(id: string): HostExtension | undefined {
    const lower = id.toLowerCase();
    for (const { extension, served } of this.#entries.values()) {
      if (extension.registryId === lower || served?.installId === lower) return extension;
      if (extension.extension.replace('/', '.').toLowerCase() === lower) return extension;
    }
    return undefined;
  }

  serve(registryId: RegistryId, bundle: ServedBundle): ServedState | undefined {
    const entry = this.#entries.get(registryId);
    if (!entry) return undefined;
    entry.served = { ...bundle, since: new Date().toISOString() };
    return entry.served;
  }

  served(registryId: RegistryId): ServedState | undefined {
    return this.#entries.get(registryId)?.served;
  }

  /** The extension of this session whose bundle has that hash, for addresses that name nothing else. */
  servedWith(hash: ContentHash): { extension: HostExtension; tenantId: TenantId } | undefined {
    for (const { extension, served } of this.#entries.values()) {
      if (served?.contentHash === hash) return { extension, tenantId: extension.tenantId };
    }
    return undefined;
  }

  /** Keeps of a message what a page that opens later has to know. */
  remember(registryId: RegistryId | undefined, message: PageMessage): void {
    for (const [id, entry] of this.#entries) {
      if (registryId === undefined || registryId === id) rememberIn(entry, message);
    }
  }

  states(): ExtensionState[] {
    return [...this.#entries.values()].map(stateOf);
  }
}

/** A registry id from a URL; undefined when it is none. */
export function registryIdOf(text: string | undefined): RegistryId | undefined {
  const parsed = registryIdSchema.safeParse(text);
  return parsed.success ? parsed.data : undefined;
}

function rememberIn(entry: Entry, message: PageMessage): void {
  switch (message.type) {
    case 'error':
      entry.errors.set(message.step ?? '', message.error);
      return;
    case 'cleared':
      if (message.step === undefined) entry.errors.clear();
      else entry.errors.delete(message.step);
      return;
    case 'step':
      if (message.state === 'done') entry.errors.delete(message.step);
      return;
    case 'live':
      entry.live = { lane: message.lane, ms: message.ms, at: new Date().toISOString() };
      if (message.lane === 'published') entry.errors.clear();
      for (const step of SETTLED_BY_LANE[message.lane] ?? []) entry.errors.delete(step);
      return;
    case 'reload':
    case 'note':
      return;
  }
}

function stateOf({ extension, served, live, errors }: Entry): ExtensionState {
  const { registryId, displayName, label, tenantId, hasUi } = extension;
  return {
    registryId,
    extension: extension.extension,
    displayName,
    label,
    tenantId,
    hasUi,
    errors: [...errors].map(([step, error]) => ({ step, error })),
    ...(served ? { served } : {}),
    ...(live ? { live } : {}),
  };
}
