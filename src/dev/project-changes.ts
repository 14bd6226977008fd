import type { Service } from '../core/service.js';
import { ContentMemory } from './changes.js';
import type { ChangeKind } from './events.js';
import { ProjectWatcher } from './watcher.js';

/** A file that is emptied to be written again has its content by then. */
const NEXT_LOOK_MS = 4;
/** Later than the 50 ms for which the watcher is deaf to further changes of one file. */
const LAST_LOOK_MS = 60;

/** Files that hold something new. */
export interface Change {
  /** Relative to the project. */
  readonly files: readonly string[];
  readonly kinds: ReadonlySet<ChangeKind>;
  /** When the first of them was seen, in the time of `performance.now()`. */
  readonly seenAt: number;
}

export interface ProjectChangesOptions {
  readonly directory: string;
  /** What a change of a file would mean; nothing when it does not matter. */
  readonly meaningOf: (path: string) => ReadonlySet<ChangeKind>;
  /** Something may have changed; called at the first sign, before anything has been read. */
  readonly onSign: (seenAt: number) => void;
  readonly onChange: (change: Change) => void;
  readonly onError: (error: unknown) => void;
}

/** Watches a project and tells of the files whose content matters and is another than it was. */
export class ProjectChanges implements Service {
  readonly #options: ProjectChangesOptions;
  readonly #memory = new ContentMemory();
  readonly #watcher: ProjectWatcher;
  readonly #looks = new Set<NodeJS.Timeout>();
  #stopped = false;

  constructor(options: ProjectChangesOptions) {
    this.#options = options;
    const { directory, onError, onSign } = options;
    this.#watcher = new ProjectWatcher(directory, (paths, at) => this.#burst(paths, at), onError, onSign);
  }

  /** Resolves when a change from now on is never missed. */
  async start(): Promise<void> {
    await this.#watcher.start();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#looks) clearTimeout(timer);
    await this.#watcher.stop();
  }

  /** Notes what files held that were built; see {@link ContentMemory.learn}. */
  async learn(paths: Iterable<string>, builtAfter: number): Promise<void> {
    await this.#memory.learn(paths, builtAfter);
  }

  /**
   * The watcher drops a second change of a file that follows soon, so every changed file is looked at once more
   * after that time. An unchanged one costs a read and nothing else.
   */
  #burst(paths: ReadonlySet<string>, seenAt: number): void {
    void this.#firstLook(paths, seenAt);
    this.#later(LAST_LOOK_MS, (at) => this.#look(paths, at, (path) => this.#memory.changed(path)));
  }

  /** An empty file is one that is just being written; only the last look takes it as it is. */
  async #firstLook(paths: ReadonlySet<string>, seenAt: number): Promise<void> {
    const unwritten = new Set<string>();
    await this.#look(paths, seenAt, async (path) => {
      const changed = await this.#memory.changedJustNow(path);
      if (changed !== 'unwritten') return changed;
      unwritten.add(path);
      return false;
    });
    if (unwritten.size === 0) return;
    this.#later(NEXT_LOOK_MS, () =>
      this.#look(unwritten, seenAt, async (path) => (await this.#memory.changedJustNow(path)) === true),
    );
  }

  #later(ms: number, look: (at: number) => Promise<void>): void {
    if (this.#stopped) return;
    const timer = setTimeout(() => {
      this.#looks.delete(timer);
      void look(performance.now());
    }, ms);
    this.#looks.add(timer);
  }

  async #look(
    paths: ReadonlySet<string>,
    seenAt: number,
    changed: (path: string) => Promise<boolean>,
  ): Promise<void> {
    const { directory, meaningOf, onChange } = this.#options;
    const files: string[] = [];
    const kinds = new Set<ChangeKind>();
    await Promise.all(
      [...paths].map(async (path) => {
        if (!(await changed(path))) return;
        const meaning = meaningOf(path);
        if (meaning.size === 0) return;
        files.push(path.slice(directory.length + 1));
        for (const kind of meaning) kinds.add(kind);
      }),
    );
    if (kinds.size > 0 && !this.#stopped) onChange({ files: files.sort(), kinds, seenAt });
  }
}
