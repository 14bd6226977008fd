import { keepBundle, keptBundle } from './kept-bundle.js';
import type { PackedBundle, PackJob } from './pack-job.js';
import type { PackThread } from './pack-thread.js';

/**
 * Packs the bundles of one extension. The first one of a session is the last one of the session before
 * when nothing has changed since; the thread is then started behind the first publish instead of beside it.
 */
export class BundlePacker {
  readonly #thread: PackThread;
  readonly #projectRoot: string;
  #isFirst = true;
  #kept: string | undefined;

  constructor(thread: PackThread, projectRoot: string) {
    this.#thread = thread;
    this.#projectRoot = projectRoot;
  }

  /** Packs a bundle. Throws the `BUNDLE_*` errors of what cannot be packed. */
  async pack(job: PackJob): Promise<PackedBundle> {
    const kept = this.#isFirst ? await keptBundle(this.#projectRoot, job) : undefined;
    this.#isFirst = false;
    this.#kept = kept?.sourceKey;
    return kept ?? (await this.#thread.pack(job));
  }

  /** Behind a publish: leaves its bundle for the next session, and gets ready for the next one of this session. */
  async published(bundle: PackedBundle): Promise<void> {
    await this.#thread.start();
    if (bundle.sourceKey === this.#kept) return;
    this.#kept = bundle.sourceKey;
    await keepBundle(this.#projectRoot, bundle);
  }
}
