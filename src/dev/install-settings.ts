import { algaError } from '../core/errors/alga-error.js';
import type { InstallId } from '../core/ids.js';
import { type ResolvedConfig, readSecrets } from '../project/index.js';
import type { Registry } from '../registry/index.js';
import type { Emit } from './event-stream.js';

export interface InstallSettingsOptions {
  readonly extension: string;
  readonly projectRoot: string;
  /** As it was when the session started. */
  readonly config: ResolvedConfig;
  /** As it is now: flags, environment and the file of this moment. */
  readonly resolve: () => Promise<ResolvedConfig>;
  readonly emit: Emit;
}

type InstallDoor = Pick<Registry, 'findInstallById' | 'writeConfig' | 'writeSecrets'>;

/**
 * The part of a project's configuration that is no source: values and secrets of the development
 * install, put there after each publish, and what only a new session can take up.
 */
export class InstallSettings {
  readonly #options: InstallSettingsOptions;
  #config: ResolvedConfig;
  #installId: InstallId | undefined;
  #applied = '';
  #names: { readonly settings: readonly string[]; readonly secrets: readonly string[] } = {
    settings: [],
    secrets: [],
  };
  readonly #told = new Set<string>();

  constructor(options: InstallSettingsOptions) {
    this.#options = options;
    this.#config = options.config;
  }

  /** Reads the configuration again and tells which changes this session cannot take up. */
  async reload(): Promise<void> {
    this.#config = await this.#options.resolve();
    const before = fixedSettings(this.#options.config);
    for (const [setting, value] of Object.entries(fixedSettings(this.#config))) {
      const kept = before[setting] ?? '';
      const key = `${setting}=${value}`;
      if (value === kept || this.#told.has(key)) continue;
      this.#told.add(key);
      const { extension, emit } = this.#options;
      const { code, message, hint } = algaError('CONFIG_NEEDS_RESTART', { setting, value, kept });
      emit({ type: 'warning', extension, code, message, hint });
    }
  }

  /**
   * Puts values and secrets on the install, when they have changed since the last time. What was put
   * there by hand stays; what has gone from the project's files goes from the install. Without an
   * install it is the one of the last time; before the first there is nothing to do.
   */
  async apply(registry: InstallDoor, install: InstallId | undefined): Promise<void> {
    this.#installId = install ?? this.#installId;
    const installId = this.#installId;
    if (installId === undefined) return;
    const settings = textValues(this.#config.settings);
    const secrets = await this.#secrets();
    const wanted = JSON.stringify([installId, settings, secrets]);
    if (wanted === this.#applied) return;
    const gone = (kind: 'settings' | 'secrets', now: object): string[] =>
      this.#names[kind].filter((name) => !(name in now));
    const removed = Object.fromEntries(gone('secrets', secrets).map((name) => [name, null]));
    const changes = { ...removed, ...secrets };
    if (Object.keys(changes).length > 0) await registry.writeSecrets(installId, changes);
    const dropped = gone('settings', settings);
    if (Object.keys(settings).length + dropped.length > 0) {
      const there = textValues((await registry.findInstallById(installId))?.config ?? {});
      for (const name of dropped) delete there[name];
      await registry.writeConfig(installId, { ...there, ...settings });
    }
    this.#applied = wanted;
    this.#names = { settings: Object.keys(settings), secrets: Object.keys(secrets) };
  }

  async #secrets(): Promise<Readonly<Record<string, string>>> {
    const { projectRoot, extension, emit } = this.#options;
    const found = await readSecrets(projectRoot);
    for (const warning of found?.warnings ?? []) {
      if (this.#told.has(warning.code)) continue;
      this.#told.add(warning.code);
      emit({ type: 'warning', extension, ...warning });
    }
    // As in the product: an empty value is no value.
    return Object.fromEntries(Object.entries(found?.values ?? {}).filter(([, value]) => value !== ''));
  }
}

/** Settings on which services and builders of a session stand. */
function fixedSettings(config: ResolvedConfig): Record<string, string> {
  const { stack, tenant, port, runnerPort, features } = config;
  return {
    stack,
    tenant: tenant ?? 'the one found',
    port: String(port),
    runnerPort: String(runnerPort),
    parity: String(features === 'parity'),
  };
}

function textValues(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
}
