import type { GuestJob, GuestOutcome } from '../../runner/src/engine/pool/guest-runner.js';
import { GuestRunner } from '../../runner/src/engine/pool/guest-runner.js';
import type { Preparation } from '../../runner/src/engine/prepare/preparation.js';
import { PrepareThread } from '../../runner/src/engine/prepare/prepare-thread.js';
import { PAGES_PER_MB } from '../../runner/src/engine/wasm/page.js';
import type { Service } from '../core/service.js';
import type { ComponentFiles } from './component.js';

/** What a call has at most in the product. */
export const MAX_PAGES = 256 * PAGES_PER_MB;
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;
const MAX_LOG_LINE_BYTES = 4096;

interface Thread {
  readonly runner: GuestRunner;
  /** Settles when the thread can take a call; renewed with each call. */
  ready: Promise<void>;
  becomesReady(): void;
}

/** One component on the runner's own engine. Calls run one after the other, each on an instance of its own. */
export class Guest implements Service {
  readonly #prepare = new PrepareThread(MAX_PAGES, () => undefined);
  readonly #files: ComponentFiles;
  #preparation: Promise<Preparation> | undefined;
  #thread: Thread | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #stopped = false;

  constructor(files: ComponentFiles) {
    this.#files = files;
  }

  /** Resolves once a call can be made. Rejects when the component cannot be run. */
  async start(): Promise<void> {
    this.#prepare.start();
    const { hash, file, sourceMapFile } = this.#files;
    this.#preparation = this.#prepare.prepare({ kind: 'component', hash, file, sourceMapFile });
    await Promise.all([this.#preparation, this.#free().ready]);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([this.#thread?.runner.stop(), this.#prepare.stop()]);
    await this.#files.remove();
  }

  /** Runs a call once those before it are done. */
  async run(job: Omit<GuestJob, 'preparation' | 'maxPages'>): Promise<GuestOutcome> {
    const turn = this.#last.then(() => this.#run(job));
    this.#last = turn.catch(() => undefined);
    return await turn;
  }

  async #run(job: Omit<GuestJob, 'preparation' | 'maxPages'>): Promise<GuestOutcome> {
    if (this.#preparation === undefined || this.#stopped) throw new Error('the extension is not running');
    const preparation = await this.#preparation;
    const thread = this.#free();
    await thread.ready;
    renew(thread);
    return await thread.runner.run({ ...job, preparation, maxPages: MAX_PAGES });
  }

  /** The thread, a new one when the last one did not survive its call. */
  #free(): Thread {
    if (this.#thread !== undefined) return this.#thread;
    const thread: Thread = renew({
      runner: new GuestRunner({
        maxResponseBytes: MAX_RESPONSE_BYTES,
        maxLogLineBytes: MAX_LOG_LINE_BYTES,
        restoreInstances: false,
        onCreated: () => undefined,
        onDone: () => undefined,
        onReady: () => thread.becomesReady(),
        onGone: () => {
          if (this.#thread === thread) this.#thread = undefined;
          // Whoever waits for it finds out with the call, which a gone thread answers at once.
          thread.becomesReady();
        },
      }),
    });
    this.#thread = thread;
    return thread;
  }
}

/** A thread that is not ready, until it says so again. */
function renew(thread: Pick<Thread, 'runner'>): Thread {
  let becomesReady = (): void => undefined;
  const ready = new Promise<void>((resolve) => {
    becomesReady = resolve;
  });
  return Object.assign(thread, { ready, becomesReady });
}
