import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { textOf } from '../../../core/errors/alga-error.js';
import type { EngineTemplate } from './engine-template.js';
import { readTemplate, writeTemplate } from './template-files.js';

const TEMPORARY = '.new-';
/** Templates kept, 24 MB each; newer versions of the tools would otherwise leave theirs for ever. */
const KEPT = 6;
/** A temporary folder this old was left by a process that is gone. */
const ABANDONED_MS = 3_600_000;

/** Templates on disk, one folder each, named by key. */
export class TemplateStore {
  readonly #dir: string;
  readonly #onNote: (text: string) => void;

  /** `dir` need not exist; it is for templates only. */
  constructor(dir: string, onNote: (text: string) => void) {
    this.#dir = dir;
    this.#onNote = onNote;
  }

  /** The template with a key, or undefined; a damaged one counts as missing. */
  async read(key: string): Promise<EngineTemplate | undefined> {
    const dir = join(this.#dir, key);
    const template = await readTemplate(dir, key);
    if (template === undefined) return undefined;
    const now = new Date();
    await utimes(dir, now, now).catch(() => undefined);
    return template;
  }

  /** Keeps a template for later sessions; it appears whole or not at all. A failure is noted, not thrown. */
  async keep(template: EngineTemplate): Promise<void> {
    const workspace = join(this.#dir, `${TEMPORARY}${randomUUID()}`);
    const dir = join(this.#dir, template.key);
    try {
      await mkdir(this.#dir, { recursive: true });
      await writeTemplate(workspace, template);
      // What stands there is damaged, or another process was quicker with the same content.
      await rm(dir, { recursive: true, force: true });
      await rename(workspace, dir);
      await this.#prune();
    } catch (error) {
      this.#onNote(`The component engine cannot be kept for the next start: ${textOf(error)}`);
      await rm(workspace, { recursive: true, force: true }).catch(() => undefined);
    }
  }

  async #prune(): Promise<void> {
    const entries = await Promise.all(
      (await readdir(this.#dir)).map(async (name) => {
        const path = join(this.#dir, name);
        const info = await stat(path).catch(() => undefined);
        return { path, temporary: name.startsWith(TEMPORARY), usedAt: info?.mtimeMs ?? 0 };
      }),
    );
    const abandoned = entries.filter((entry) => entry.temporary && Date.now() - entry.usedAt > ABANDONED_MS);
    const templates = entries.filter((entry) => !entry.temporary);
    const old = templates.sort((a, b) => b.usedAt - a.usedAt).slice(KEPT);
    for (const { path } of [...abandoned, ...old]) await rm(path, { recursive: true, force: true });
  }
}
