import type { ComponentTools } from '../tools/component-tools.js';
import { type EngineTemplate, type TemplateSubject, templateKey } from './engine-template.js';
import { readPrebuilt } from './prebuilt-template.js';
import { buildTemplateAside } from './template-builder.js';
import { TemplateStore } from './template-store.js';

/** The tools refuse an interface definition; the message is theirs. */
export class RefusedWit extends Error {
  override readonly name = 'RefusedWit';
}

/** No template can be made or it does not pass its tests; handlers must be built in another way. */
export class TemplateUnavailable extends Error {
  override readonly name = 'TemplateUnavailable';
}

export interface TemplateProviderOptions {
  /** Folder of its own; made when needed. */
  readonly dir: string;
  /** Folders with shipped templates, which save making them. */
  readonly prebuilt: readonly string[];
  readonly onNote: (text: string) => void;
}

/** Finds templates in memory, on disk and in the package, or has them made, once for everybody who asks. */
export class TemplateProvider {
  readonly #options: TemplateProviderOptions;
  readonly #store: TemplateStore;
  readonly #known = new Map<string, Promise<EngineTemplate>>();
  readonly #leaving = new AbortController();
  #keeping: Promise<void> = Promise.resolve();

  constructor(options: TemplateProviderOptions) {
    this.#options = options;
    this.#store = new TemplateStore(options.dir, options.onNote);
  }

  /**
   * The template for a world and features. Making one takes seconds and is not given up when the asker loses
   * interest. Throws {@link RefusedWit} or {@link TemplateUnavailable}.
   */
  get(subject: TemplateSubject, tools: ComponentTools): Promise<EngineTemplate> {
    const key = templateKey(subject, tools);
    const known = this.#known.get(key);
    if (known) return known;
    const template = this.#find(key, subject, tools);
    template.catch(() => undefined);
    this.#known.set(key, template);
    return template;
  }

  /** Ends a build that is going on, and waits until what was found is kept. */
  async stop(): Promise<void> {
    this.#leaving.abort(new Error('the builder is stopping'));
    await this.#keeping;
  }

  async #find(key: string, subject: TemplateSubject, tools: ComponentTools): Promise<EngineTemplate> {
    const kept = await this.#store.read(key);
    if (kept) return kept;
    const template = (await this.#shipped(key)) ?? (await this.#make(key, subject, tools));
    // Beside the first build, which needs it only in memory.
    this.#keeping = Promise.all([this.#keeping, this.#store.keep(template)]).then(() => undefined);
    return template;
  }

  async #shipped(key: string): Promise<EngineTemplate | undefined> {
    for (const folder of this.#options.prebuilt) {
      const template = await readPrebuilt(folder, key);
      if (template) return template;
    }
    return undefined;
  }

  async #make(key: string, subject: TemplateSubject, tools: ComponentTools): Promise<EngineTemplate> {
    this.#options.onNote('Preparing the component engine; this takes some seconds and is done once.');
    const reply = await buildTemplateAside({ key, subject, tools }, this.#leaving.signal);
    if ('template' in reply) return reply.template;
    throw reply.refusedWit ? new RefusedWit(reply.failure) : new TemplateUnavailable(reply.failure);
  }
}
