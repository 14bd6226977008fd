import { createUiServer, type UiServer } from '../build/ui/index.js';
import type { RegistryId } from '../core/ids.js';
import type { Project } from '../project/types.js';
import type { Emit } from './event-stream.js';
import type { Platform } from './platform.js';
import { errorEvent } from './step.js';

/**
 * The UI of one extension served from its sources: Vite behind the host, under the path at which the
 * runner serves the published one.
 */
export class LiveUi {
  readonly #platform: Platform;
  readonly #emit: Emit;
  readonly #extension: string;
  /** When the last save was seen, on the clock of `performance.now()`. */
  readonly #savedAt: () => number;
  #server: UiServer | undefined;
  #shown: string | undefined;

  constructor(platform: Platform, emit: Emit, extension: string, savedAt: () => number) {
    this.#platform = platform;
    this.#emit = emit;
    this.#extension = extension;
    this.#savedAt = savedAt;
  }

  /** Serves the project's UI; does nothing when it is the one being served. */
  async show(project: Project, registryId: RegistryId): Promise<void> {
    const { ui } = project;
    const wanted = ui && JSON.stringify([registryId, ui]);
    if (wanted === this.#shown) return;
    await this.stop();
    this.#shown = wanted;
    if (!ui) return;
    this.#server = await createUiServer({
      projectRoot: project.root,
      ui,
      base: `/runner/ext-ui/${registryId}/live/`,
      httpServer: this.#platform.host.httpServer,
      onUpdate: (files) => this.#updated(files),
      onError: (error) => this.#emit(errorEvent(error, { extension: this.#extension, step: 'ui' })),
      onRecovered: () => this.#emit({ type: 'note', extension: this.#extension, message: 'UI works again' }),
    });
    this.#platform.host.mountUi(registryId, this.#server.handle);
  }

  /** Shows what the project's own build has left; such a folder is not watched by the live server. */
  refresh(): void {
    this.#server?.refresh();
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
    this.#server = undefined;
    this.#shown = undefined;
  }

  #updated(files: readonly string[]): void {
    const ms = Math.round(performance.now() - this.#savedAt());
    this.#emit({ type: 'live', extension: this.#extension, lane: 'ui', ms, files });
  }
}
