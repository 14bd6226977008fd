import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { OpenSecrets } from '../../capabilities/guest-request.js';
import type { Preparation } from '../prepare/preparation.js';
import type {
  FromWorker,
  HostCallMessage,
  HostCallReply,
  OutputLine,
  ProgramState,
  RunMessage,
  ToWorker,
  WorkerAnswer,
  WorkerFailure,
  WorkerSetup,
} from '../worker/protocol.js';
import { workerFile } from '../worker-file.js';

/** One call as a thread runs it. */
export interface GuestJob {
  readonly preparation: Preparation;
  readonly request: RunMessage['request'];
  readonly http: RunMessage['http'];
  readonly secrets: OpenSecrets | undefined;
  readonly maxPages: number;
  readonly timeoutMs: number;
  /** Ends the call and its thread at once. */
  readonly signal: AbortSignal;
  onOutput(line: OutputLine): void;
  /** Runs a host function; `signal` is aborted when the call is over. */
  hostCall(name: string, args: readonly unknown[], signal: AbortSignal): Promise<unknown>;
}

export interface GuestOutcome {
  readonly outcome: WorkerAnswer | WorkerFailure;
  /** Milliseconds in the guest. */
  readonly ms: number;
}

export interface GuestRunnerOptions
  extends Pick<WorkerSetup, 'maxResponseBytes' | 'maxLogLineBytes' | 'restoreInstances'> {
  /** The thread makes an instance. */
  onCreated(): void;
  /** The call is answered; the thread still cleans up after it. */
  onDone(runner: GuestRunner): void;
  /** The thread is up, or has finished a call and is clean again. */
  onReady(runner: GuestRunner): void;
  /** The thread is gone, by whatever end. */
  onGone(runner: GuestRunner): void;
}

/** Heap of a thread beside the memories of its guests: what it lifts, lowers and links. */
const HEAP_MB = 192;
/** A thread that needs longer to clean up after a call is replaced. */
const MAX_CLEANUP_MS = 5000;

interface Current {
  readonly id: number;
  readonly job: GuestJob;
  readonly timer: NodeJS.Timeout;
  readonly over: AbortController;
  /** The host function the guest waits for. */
  waitingFor: string | undefined;
  finish(outcome: GuestOutcome): void;
}

/** The main thread's side of one thread that runs guests. */
export class GuestRunner {
  readonly #worker: Worker;
  readonly #hostCalls: MessagePort;
  readonly #wake: Int32Array<SharedArrayBuffer>;
  readonly #options: GuestRunnerOptions;
  /** Shapes the thread has, and whether it knows that they can be restored. */
  readonly #shapes = new Map<string, boolean>();
  readonly #states = new Set<string>();
  #current: Current | undefined;
  #cleanup: NodeJS.Timeout | undefined;
  #last = 0;
  #gone = false;
  #served: ProgramState | undefined;

  constructor(options: GuestRunnerOptions) {
    this.#options = options;
    const { port1, port2 } = new MessageChannel();
    const wake = new SharedArrayBuffer(4);
    const setup: WorkerSetup = {
      hostCalls: port2,
      wake,
      maxResponseBytes: options.maxResponseBytes,
      maxLogLineBytes: options.maxLogLineBytes,
      restoreInstances: options.restoreInstances,
    };
    this.#hostCalls = port1;
    this.#wake = new Int32Array(wake);
    this.#worker = new Worker(workerFile(import.meta.url, '../worker/guest-worker.js'), {
      workerData: setup,
      transferList: [port2],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    this.#worker.unref();
    port1.on('message', (message: HostCallMessage) => void this.#hostCall(message));
    port1.unref();
    this.#worker.on('message', (message: FromWorker) => this.#receive(message));
    this.#worker.on('error', (error) => this.#lost(error));
    this.#worker.on('exit', () => this.#lost(undefined));
  }

  /** The component of the last call, whose instance is still there. */
  get served(): ProgramState | undefined {
    return this.#served;
  }

  /** Runs a call. Resolves in any case; after a failure that spoils the thread, the thread is gone. */
  run(job: GuestJob): Promise<GuestOutcome> {
    const { preparation, request, http, secrets, maxPages } = job;
    if (this.#gone) return Promise.resolve(failed('init', 'the guest thread is gone'));
    this.#load(preparation);
    this.#served = preparation.state;
    return new Promise<GuestOutcome>((resolve) => {
      const id = ++this.#last;
      const abort = (): void => this.#end('trap', 'the call was given up');
      const timer = setTimeout(() => this.#timeOut(), job.timeoutMs);
      const finish = (outcome: GuestOutcome): void => {
        clearTimeout(timer);
        job.signal.removeEventListener('abort', abort);
        this.#current?.over.abort();
        this.#current = undefined;
        resolve(outcome);
      };
      this.#current = { id, job, timer, over: new AbortController(), waitingFor: undefined, finish };
      if (job.signal.aborted) abort();
      else {
        job.signal.addEventListener('abort', abort, { once: true });
        this.#post({ type: 'run', id, hash: preparation.state.hash, maxPages, request, http, secrets });
      }
    });
  }

  /** Tells the thread that instances of a shape can be restored. */
  allowRestoring(shape: string): void {
    if (this.#shapes.get(shape) !== false) return;
    this.#shapes.set(shape, true);
    this.#post({ type: 'restorable', shape });
  }

  forget(hash: string): void {
    if (this.#states.delete(hash)) this.#post({ type: 'forget', hash });
  }

  /** Ends the thread and the call it runs. Idempotent. */
  async stop(): Promise<void> {
    this.#end('trap', 'the runner is stopping');
    await this.#worker.terminate();
  }

  #load({ shape, state }: Preparation): void {
    if (!this.#shapes.has(shape.key)) {
      this.#shapes.set(shape.key, shape.restorable);
      this.#post({ type: 'shape', shape });
    } else if (shape.restorable) {
      this.allowRestoring(shape.key);
    }
    if (!this.#states.has(state.hash)) {
      this.#states.add(state.hash);
      this.#post({ type: 'state', state });
    }
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromWorker): void {
    if (message.type === 'ready') {
      clearTimeout(this.#cleanup);
      if (!this.#gone) this.#options.onReady(this);
      return;
    }
    if (message.type === 'created') {
      this.#options.onCreated();
      return;
    }
    const current = this.#current;
    if (current === undefined || current.id !== message.id) return;
    if (message.type === 'output') {
      for (const line of message.lines) current.job.onOutput(line);
      return;
    }
    this.#cleanup = setTimeout(() => this.#discard(), MAX_CLEANUP_MS);
    current.finish(message);
    this.#options.onDone(this);
  }

  async #hostCall({ id, name, args }: HostCallMessage): Promise<void> {
    const current = this.#current;
    if (current === undefined || current.id !== id) return;
    current.waitingFor = name;
    const reply = await current.job.hostCall(name, args, current.over.signal).then(
      (value): HostCallReply => ({ ok: true, value }),
      (error: unknown): HostCallReply => ({ ok: false, message: String(error) }),
    );
    if (this.#current !== current) return;
    current.waitingFor = undefined;
    this.#hostCalls.postMessage(reply);
    Atomics.store(this.#wake, 0, 1);
    Atomics.notify(this.#wake, 0);
  }

  #timeOut(): void {
    const waitingFor = this.#current?.waitingFor;
    const during = waitingFor === undefined ? '' : ` (it was waiting for ${waitingFor.replace('#', '.')})`;
    const limit = this.#current?.job.timeoutMs ?? 0;
    this.#end('timeout', `the handler did not answer within ${limit} ms${during}`);
  }

  /** Ends the call under way with a failure; its guest can only be stopped with its thread. */
  #end(reason: WorkerFailure['reason'], message: string): void {
    this.#discard();
    this.#current?.finish(failed(reason, message));
  }

  #lost(error: Error | undefined): void {
    const outOfHeap = error !== undefined && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
    if (outOfHeap) this.#end('memory', 'the call needed more memory than a guest thread may use');
    else this.#end('trap', `the guest thread ended: ${error?.message ?? 'no cause is known'}`);
  }

  #discard(): void {
    if (this.#gone) return;
    this.#gone = true;
    clearTimeout(this.#cleanup);
    this.#hostCalls.close();
    void this.#worker.terminate();
    this.#options.onGone(this);
  }
}

function failed(reason: WorkerFailure['reason'], message: string): GuestOutcome {
  return { outcome: { kind: 'failure', reason, message, stack: undefined }, ms: 0 };
}
