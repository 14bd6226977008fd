import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HandlerArtifact } from '../build/handler/index.js';
import type { RegistryId } from '../core/ids.js';
import type { Platform } from './platform.js';
import { warmLiveComponent } from './proof.js';

/**
 * The handler of one extension between a save and its publication: the new component is handed to the
 * runner as it is, and answers from then on, while pack, upload and rows follow behind it.
 */
export class LiveHandler {
  readonly #platform: Platform;
  readonly #registryId: () => RegistryId;
  #shown: string | undefined;

  constructor(platform: Platform, registryId: () => RegistryId) {
    this.#platform = platform;
    this.#registryId = registryId;
  }

  /** Lets this handler answer. Rejects when the runner cannot run it; then nothing has changed. */
  async show(handler: HandlerArtifact): Promise<void> {
    const { liveComponentDir, sourceMapDir, tenant, host } = this.#platform;
    const key = handler.inputsHash;
    if (key === this.#shown) return;
    await Promise.all([
      mkdir(liveComponentDir, { recursive: true }),
      mkdir(sourceMapDir, { recursive: true }),
    ]);
    await Promise.all([
      writeFile(join(liveComponentDir, `${key}.wasm`), handler.component),
      writeFile(join(sourceMapDir, `${key}.map`), handler.sourceMap),
    ]);
    const registryId = this.#registryId();
    await warmLiveComponent(this.#platform, { tenantId: tenant.tenantId, registryId }, key);
    host.setLiveComponent(registryId, key);
    const before = this.#shown;
    this.#shown = key;
    if (before !== undefined) await this.#remove(before);
  }

  /** The published bundle answers from now on. */
  async end(): Promise<void> {
    this.#platform.host.setLiveComponent(this.#registryId(), undefined);
    const before = this.#shown;
    this.#shown = undefined;
    if (before !== undefined) await this.#remove(before);
  }

  /** Requests that are under way have the component in memory; its file is not needed any more. */
  async #remove(key: string): Promise<void> {
    const { liveComponentDir, sourceMapDir } = this.#platform;
    await rm(join(liveComponentDir, `${key}.wasm`), { force: true });
    await rm(join(sourceMapDir, `${key}.map`), { force: true });
  }
}
