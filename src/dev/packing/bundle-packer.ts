import { keepBundle, keptBundle } from './kept-bundle.js';
import type { ArchiveTaker, PackedBundle, PackJob } from './pack-job.js';
import type { PackProcess } from './pack-process.js';

/**
 * Packs the bundles of one extension. The first one of a session is the last one of the session before
 * when nothing has changed since; the packing process is then started behind the first publish instead of beside it.
 */
export class BundlePacker {
  readonly #process: PackProcess;
  readonly #projectRoot: string;
  #isFirst = true;
  #kept: string | undefined;

  constructor(process: PackProcess, projectRoot: string) {
    this.#process = process;
    this.#projectRoot = projectRoot;
  }

  /** Packs a bundle; see {@link PackProcess.pack}. */
  async pack(job: PackJob, taker?: ArchiveTaker): Promise<PackedBundle> {
    const kept = this.#isFirst ? await keptBundle(this.#projectRoot, job) : undefined;
    this.#isFirst = false;
    this.#kept = kept?.sourceKey;
    return kept ?? (await this.#process.pack(job, taker));
  }

  /** Behind a publish: leaves its bundle for the next session, and gets ready for the next one of this session. */
  async published(bundle: PackedBundle): Promise<void> {
    await this.#process.start();
    if (bundle.sourceKey === this.#kept) return;
    this.#kept = bundle.sourceKey;
    await keepBundle(this.#projectRoot, bundle);
  }
}
