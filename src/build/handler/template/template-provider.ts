import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { textOf } from '../../../core/errors/alga-error.js';
import type { ComponentTools } from '../tools/component-tools.js';
import { type EngineTemplate, type TemplateSubject, templateKey } from './engine-template.js';
import { readPrebuilt } from './prebuilt-template.js';
import { buildTemplateFiles } from './template-builder.js';
import { readTemplate, writeTemplate } from './template-files.js';

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

const NOT_KEPT = 'The component engine cannot be kept for the next start';
const TEMPORARY = '.new-';
/** Templates kept on disk, 21 MB each; newer versions of the tools would otherwise leave theirs for ever. */
const KEPT = 6;
const ABANDONED_MS = 3_600_000;

/** Finds templates in memory and in the cache folder, or has them made, once for everybody who asks. */
export class TemplateProvider {
  readonly #options: TemplateProviderOptions;
  readonly #known = new Map<string, Promise<EngineTemplate>>();
  readonly #leaving = new AbortController();
  #keeping: Promise<void> = Promise.resolve();

  constructor(options: TemplateProviderOptions) {
    this.#options = options;
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
    const dir = join(this.#options.dir, key);
    const kept = await readTemplate(dir, key);
    if (kept) {
      const now = new Date();
      await utimes(dir, now, now).catch(() => undefined);
      return kept;
    }
    const shipped = await this.#shipped(key);
    if (shipped === undefined) return this.#make(key, subject, tools);
    this.#keeping = this.#keepShipped(shipped);
    return shipped;
  }

  async #shipped(key: string): Promise<EngineTemplate | undefined> {
    for (const folder of this.#options.prebuilt) {
      const template = await readPrebuilt(folder, key);
      if (template) return template;
    }
    return undefined;
  }

  /** Unpacked, a template is read in a third of the time. Happens beside the first build. */
  async #keepShipped(template: EngineTemplate): Promise<void> {
    const workspace = await this.#workspace();
    try {
      if (!workspace.kept) return;
      const fresh = join(workspace.dir, 'template');
      await writeTemplate(fresh, template);
      await this.#keep(fresh, join(this.#options.dir, template.key));
    } catch (error) {
      this.#options.onNote(`${NOT_KEPT}: ${textOf(error)}`);
    } finally {
      await rm(workspace.dir, { recursive: true, force: true }).catch(() => undefined);
    }
  }

  async #make(key: string, subject: TemplateSubject, tools: ComponentTools): Promise<EngineTemplate> {
    this.#options.onNote('Preparing the component engine; this takes some seconds and is done once.');
    const workspace = await this.#workspace();
    try {
      const fresh = join(workspace.dir, 'template');
      const reply = await buildTemplateFiles({ key, dir: fresh, subject, tools }, this.#leaving.signal);
      if ('failure' in reply) {
        throw reply.refusedWit ? new RefusedWit(reply.failure) : new TemplateUnavailable(reply.failure);
      }
      const template = await readTemplate(fresh, key);
      if (!template) throw new TemplateUnavailable('its files cannot be read back');
      if (workspace.kept) await this.#keep(fresh, join(this.#options.dir, key));
      return template;
    } finally {
      await rm(workspace.dir, { recursive: true, force: true }).catch(() => undefined);
    }
  }

  /** A folder to build in: beside the kept templates, or temporary when that cannot be written. */
  async #workspace(): Promise<{ dir: string; kept: boolean }> {
    const { dir, onNote } = this.#options;
    try {
      const workspace = join(dir, `${TEMPORARY}${randomUUID()}`);
      await mkdir(workspace, { recursive: true });
      return { dir: workspace, kept: true };
    } catch (error) {
      onNote(`${NOT_KEPT}: ${textOf(error)}`);
      return { dir: await mkdtemp(join(tmpdir(), 'alga-template-')), kept: false };
    }
  }

  async #keep(fresh: string, dir: string): Promise<void> {
    try {
      // What stands there is damaged, or another process was quicker with the same content.
      await rm(dir, { recursive: true, force: true });
      await rename(fresh, dir);
      await this.#prune();
    } catch (error) {
      this.#options.onNote(`${NOT_KEPT}: ${textOf(error)}`);
    }
  }

  async #prune(): Promise<void> {
    const root = this.#options.dir;
    const entries = await Promise.all(
      (await readdir(root)).map(async (name) => {
        const info = await stat(join(root, name)).catch(() => undefined);
        return { path: join(root, name), name, usedAt: info?.mtimeMs ?? 0 };
      }),
    );
    const temporary = entries.filter((entry) => entry.name.startsWith(TEMPORARY));
    const abandoned = temporary.filter((entry) => Date.now() - entry.usedAt > ABANDONED_MS);
    const templates = entries.filter((entry) => !entry.name.startsWith(TEMPORARY));
    const old = templates.sort((a, b) => b.usedAt - a.usedAt).slice(KEPT);
    for (const { path } of [...abandoned, ...old]) await rm(path, { recursive: true, force: true });
  }
}
