import { type FSWatcher, watch } from 'chokidar';
import type { Service } from '../core/service.js';
import { isIgnored } from './changes.js';

/**
 * How long the watcher waits for companions of a changed file: "save all" and a branch switch are one change. Every
 * save waits for it; what comes later gives the pass up, which has hardly begun, and begins another.
 */
const SETTLE_MS = 1;

/** Watches one project folder and reports the paths of each burst of changes together. */
export class ProjectWatcher implements Service {
  readonly #root: string;
  readonly #onBurst: (paths: ReadonlySet<string>, seenAt: number) => void;
  readonly #onError: (error: unknown) => void;
  /** Called at the first event of a burst, before the burst has settled. */
  readonly #onFirst: (seenAt: number) => void;
  #watcher: FSWatcher | undefined;
  #burst = new Set<string>();
  #seenAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    root: string,
    onBurst: (paths: ReadonlySet<string>, seenAt: number) => void,
    onError: (error: unknown) => void,
    onFirst: (seenAt: number) => void = () => undefined,
  ) {
    this.#onFirst = onFirst;
    this.#root = root;
    this.#onBurst = onBurst;
    this.#onError = onError;
  }

  /** Resolves when every folder is being watched: a change after that is never missed. */
  async start(): Promise<void> {
    const watcher = watch(this.#root, {
      ignored: (path) => path !== this.#root && isIgnored(this.#root, path),
      ignoreInitial: true,
      followSymlinks: false,
    });
    this.#watcher = watcher;
    watcher.on('all', (event, path) => {
      if (event !== 'addDir' && event !== 'unlinkDir') this.#note(path);
    });
    watcher.on('error', this.#onError);
    await new Promise<void>((resolve) => watcher.once('ready', () => resolve()));
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#watcher?.close();
    this.#watcher = undefined;
  }

  #note(path: string): void {
    if (this.#burst.size === 0) {
      this.#seenAt = performance.now();
      this.#onFirst(this.#seenAt);
    }
    this.#burst.add(path);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const burst = this.#burst;
      this.#burst = new Set();
      this.#onBurst(burst, this.#seenAt);
    }, SETTLE_MS);
  }
}
