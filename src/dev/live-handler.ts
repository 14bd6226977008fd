import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { IMAGE_ENDING } from '../../runner/src/published/heap-image.js';
import { encodeImage, type HandlerBuilder, type HandlerImage } from '../build/handler/index.js';
import type { RegistryId } from '../core/ids.js';
import type { Platform } from './platform.js';
import { replaceFile } from './replaced-file.js';
import { warmLiveComponent } from './warm-up.js';

/** Gives the component that images of a template are differences to. */
export type TemplateComponents = Pick<HandlerBuilder, 'templateComponent'>;

/**
 * The handler of one extension between a save and its publication: what a save has changed is handed to
 * the runner as it is, and answers from then on, while component, bundle and rows follow behind it.
 */
export class LiveHandler {
  readonly #platform: Platform;
  readonly #registryId: () => RegistryId;
  readonly #templates: TemplateComponents;
  #shown: string | undefined;

  constructor(platform: Platform, registryId: () => RegistryId, templates: TemplateComponents) {
    this.#platform = platform;
    this.#registryId = registryId;
    this.#templates = templates;
  }

  /** Key of the handler that answers now in place of the published one. */
  shown(): string | undefined {
    return this.#shown;
  }

  /**
   * Lets this handler answer as soon as it is `permitted`; the runner gets it ready meanwhile. Gives false when
   * it was not permitted, and rejects when the runner cannot run it; then nothing has changed.
   */
  async show(handler: HandlerImage, permitted: Promise<void>): Promise<boolean> {
    const { tenant, host } = this.#platform;
    const key = handler.inputsHash;
    if (key === this.#shown) return true;
    await this.#write(handler);
    const registryId = this.#registryId();
    const allowed = permitted.then(
      () => true,
      () => false,
    );
    await warmLiveComponent(this.#platform, { tenantId: tenant.tenantId, registryId }, key);
    if (!(await allowed)) {
      await this.#remove(key);
      return false;
    }
    host.setLiveComponent(registryId, key);
    const before = this.#shown;
    this.#shown = key;
    if (before !== undefined) await this.#remove(before);
    return true;
  }

  /** The published bundle answers from now on. */
  async end(): Promise<void> {
    this.#platform.host.setLiveComponent(this.#registryId(), undefined);
    const before = this.#shown;
    this.#shown = undefined;
    if (before !== undefined) await this.#remove(before);
  }

  /** Its folders are there but for the first time, and after somebody has removed them. */
  async #write(handler: HandlerImage): Promise<void> {
    const { liveComponentDir, sourceMapDir } = this.#platform;
    const write = (): Promise<unknown> =>
      Promise.all([
        this.#place(handler),
        writeFile(join(sourceMapDir, `${handler.inputsHash}.map`), handler.sourceMap),
      ]);
    await write().catch(async () => {
      await Promise.all([liveComponentDir, sourceMapDir].map((dir) => mkdir(dir, { recursive: true })));
      await write();
    });
  }

  /** Puts the handler where the runner finds it: as an image of some hundred kilobytes where there is one. */
  async #place({ image, inputsHash, assemble }: HandlerImage): Promise<void> {
    const { liveComponentDir } = this.#platform;
    const base = image && this.#templates.templateComponent(image.templateKey);
    if (!image || !base) {
      return writeFile(join(liveComponentDir, `${inputsHash}.wasm`), assemble().component);
    }
    const file = join(liveComponentDir, `${inputsHash}${IMAGE_ENDING}`);
    await Promise.all([
      placeOnce(join(liveComponentDir, `${image.templateKey}.wasm`), base),
      writeFile(file, Buffer.concat(encodeImage(image))),
    ]);
  }

  /** Requests that are under way have it in memory; its files are not needed any more. */
  async #remove(key: string): Promise<void> {
    const { liveComponentDir, sourceMapDir } = this.#platform;
    const files = [`${key}${IMAGE_ENDING}`, `${key}.wasm`].map((name) => join(liveComponentDir, name));
    await Promise.all([...files, join(sourceMapDir, `${key}.map`)].map((file) => rm(file, { force: true })));
  }
}

/** Writes a file whose name stands for its content, unless it is there. It appears whole. */
async function placeOnce(file: string, content: Uint8Array): Promise<void> {
  const there = await stat(file).catch(() => undefined);
  if (there?.size === content.length) return;
  await replaceFile(file, content);
}
