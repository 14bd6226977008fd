import { Worker } from 'node:worker_threads';
import type { FailureReason } from '../../executable.js';
import type { ProgramShape } from '../worker/protocol.js';
import { workerFile } from '../worker-file.js';
import type { Preparation, PreparationInput } from './preparation.js';
import type { PrepareReply, PrepareRequest, SentPreparation } from './prepare-protocol.js';

/** A component cannot be prepared. */
export class PrepareError extends Error {
  override readonly name = 'PrepareError';
  readonly reason: FailureReason;

  constructor(reason: FailureReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** A component that takes longer is taken to be made to do so; the thread is replaced. */
const MAX_PREPARE_MS = 60_000;
const HEAP_MB = 1024;

interface Waiting {
  readonly timer: NodeJS.Timeout;
  /** What the thread need not send. */
  readonly knownShape: ProgramShape | undefined;
  resolve(preparation: Preparation): void;
  reject(error: PrepareError): void;
}

/** The main thread's side of the preparing thread. */
export class PrepareThread {
  readonly #maxPages: number;
  readonly #onAnalysed: (shape: string, restorable: boolean) => void;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  /** Of the last component: the next one's is most likely the same. */
  #shape: ProgramShape | undefined;
  #last = 0;
  #stopped = false;

  constructor(maxPages: number, onAnalysed: (shape: string, restorable: boolean) => void) {
    this.#maxPages = maxPages;
    this.#onAnalysed = onAnalysed;
  }

  /** Starts the thread ahead of the first component. */
  start(): void {
    this.#stopped = false;
    this.#worker ??= this.#spawn();
  }

  /** Ends the thread; what waits for it fails. Idempotent. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#discard('the runner is stopping');
  }

  async prepare(input: PreparationInput): Promise<Preparation> {
    if (this.#stopped) throw new PrepareError('init', 'the runner is stopping');
    this.#worker ??= this.#spawn();
    const worker = this.#worker;
    const knownShape = this.#shape;
    const request: PrepareRequest = { id: ++this.#last, knownShape: knownShape?.key, ...input };
    return await new Promise<Preparation>((resolve, reject) => {
      const timer = setTimeout(
        () => void this.#discard('the component took too long to prepare'),
        MAX_PREPARE_MS,
      );
      this.#waiting.set(request.id, { timer, knownShape, resolve, reject });
      worker.postMessage(request);
    });
  }

  #spawn(): Worker {
    const worker = new Worker(workerFile(import.meta.url, './prepare-worker.js'), {
      workerData: { maxPages: this.#maxPages },
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    worker.on('message', (reply: PrepareReply) => this.#receive(reply));
    const gone = (cause: string): void => {
      if (this.#worker === worker) void this.#discard(cause);
    };
    worker.on('error', (error) => gone(`the preparing thread failed: ${error.message}`));
    worker.on('exit', () => gone('the preparing thread ended'));
    worker.unref();
    return worker;
  }

  #receive(reply: PrepareReply): void {
    if (reply.type === 'analysed') {
      this.#onAnalysed(reply.shape, reply.restorable);
      return;
    }
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    clearTimeout(waiting?.timer);
    if (reply.type === 'prepared') waiting?.resolve(this.#whole(reply.preparation, waiting.knownShape));
    else waiting?.reject(new PrepareError(reply.reason, reply.message));
  }

  #whole(preparation: SentPreparation, knownShape: ProgramShape | undefined): Preparation {
    const { shape } = preparation;
    if ('root' in shape) this.#shape = shape;
    else if (knownShape === undefined) throw new Error('a shape that was not sent');
    else this.#shape = { ...knownShape, restorable: shape.restorable };
    return { ...preparation, shape: this.#shape };
  }

  async #discard(cause: string): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    for (const { timer, reject } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new PrepareError('init', cause));
    }
    this.#waiting.clear();
    await worker?.terminate();
  }
}
