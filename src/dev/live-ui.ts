import { createUiServer, type UiProgram, type UiServer } from '../build/ui/index.js';
import { type AlgaError, reportError } from '../core/errors/alga-error.js';
import type { RegistryId } from '../core/ids.js';
import { THROWN_STEP } from '../host/index.js';
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
  #program: UiProgram | undefined;
  #server: UiServer | undefined;
  #shown: string | undefined;
  #warm = false;
  #showing: Promise<void> = Promise.resolve();

  /** `program`: started ahead for the project; stopped with this. */
  constructor(
    platform: Platform,
    emit: Emit,
    {
      extension,
      savedAt,
      program,
    }: { extension: string; savedAt: () => number; program: UiProgram | undefined },
  ) {
    this.#program = program;
    this.#platform = platform;
    this.#emit = emit;
    this.#extension = extension;
    this.#savedAt = savedAt;
  }

  /** Serves the project's UI, and resolves when it does; the one that is being served is left as it is. */
  show(project: Project, registryId: RegistryId): Promise<void> {
    const { ui } = project;
    const wanted = ui && JSON.stringify([registryId, ui]);
    if (wanted !== this.#shown) {
      this.#shown = wanted;
      this.#showing = this.#replace(project, registryId);
      // Who asks next is told as well; until then it must not count as unhandled.
      this.#showing.catch(() => undefined);
    }
    return this.#showing;
  }

  async #replace({ root, ui }: Project, registryId: RegistryId): Promise<void> {
    const before = this.#server;
    this.#server = undefined;
    await before?.stop();
    if (!ui) return;
    const program = this.#program;
    this.#program = undefined;
    this.#server = await createUiServer({
      projectRoot: root,
      ui,
      base: `/runner/ext-ui/${registryId}/live/`,
      httpServer: this.#platform.host.httpServer,
      program,
      warmsUpLater: !this.#warm,
      allowedHosts: this.#platform.host.wideNames,
      onUpdate: (files) => {
        this.#clear(registryId);
        this.#updated(files);
      },
      onError: (error) => this.#emit(errorEvent(error, { extension: this.#extension, step: 'ui' })),
      onThrown: (error) => this.#threw(registryId, error),
      onOpened: () => this.#clear(registryId),
      onRecovered: () => this.#emit({ type: 'note', extension: this.#extension, message: 'UI works again' }),
    });
    this.#platform.host.mountUi(registryId, this.#server.handle);
  }

  /** From now on nobody waits for the start any more, which this would make longer. */
  warmUp(): void {
    this.#warm = true;
    this.#server?.warmUp();
  }

  /** Shows what the project's own build has left; such a folder is not watched by the live server. */
  refresh(): void {
    this.#server?.refresh();
  }

  async stop(): Promise<void> {
    await this.#showing.catch(() => undefined);
    await this.#program?.stop();
    await this.#server?.stop();
    this.#server = undefined;
    this.#shown = undefined;
  }

  /** Shown over the frame until the UI is updated or loaded anew; nothing of it holds a publish up. */
  #threw(registryId: RegistryId, thrown: AlgaError): void {
    const { exitCode: _, frame, ...error } = reportError(thrown);
    const { code, message, hint, file, line, column } = error;
    const place = file === undefined ? {} : { file, line, column };
    this.#emit({ type: 'warning', extension: this.#extension, code, message, hint, ...place });
    this.#platform.host.tell(registryId, { type: 'error', step: THROWN_STEP, error: { ...error, frame } });
  }

  #clear(registryId: RegistryId): void {
    this.#platform.host.tell(registryId, { type: 'cleared', step: THROWN_STEP });
  }

  #updated(files: readonly string[]): void {
    const ms = Math.round(performance.now() - this.#savedAt());
    this.#emit({ type: 'live', extension: this.#extension, lane: 'ui', ms, files });
  }
}
