import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { entryPath } from '../../../core/entry.js';
import type { LoadReply } from './load-reply.js';
import type { LoadingSetup, LoadQuestion } from './loading-messages.js';

/**
 * The thread of an evaluator in which handlers are loaded, one after the other. While it has nothing to do it
 * sleeps inside an engine that has started and waits for its handler: see `loading-program`.
 */
export class LoadingThread {
  readonly #worker: Worker;
  readonly #questions: MessagePort;
  readonly #wake = new Int32Array(new SharedArrayBuffer(4)).fill(1);

  /** `onGone`: the thread has ended, which only a fault of ours makes it do. */
  constructor(setup: Omit<LoadingSetup, 'questions' | 'wake'>, onGone: () => void) {
    const { port1, port2 } = new MessageChannel();
    this.#questions = port1;
    this.#worker = new Worker(entryPath(import.meta.url, './loading-program.js'), {
      workerData: { ...setup, questions: port2, wake: this.#wake } satisfies LoadingSetup,
      transferList: [port2],
    });
    this.#worker.on('exit', onGone);
  }

  /** Whether it sleeps in an engine that has started: the next handler finds the most of its work done. */
  get startedAhead(): boolean {
    return Atomics.load(this.#wake, 0) === 0;
  }

  /** Loads a handler. Never resolves when its top-level code never ends: the process must be killed then. */
  load(question: LoadQuestion): Promise<LoadReply> {
    return new Promise((resolve) => {
      this.#questions.once('message', resolve);
      this.#questions.postMessage(question);
      Atomics.store(this.#wake, 0, 1);
      Atomics.notify(this.#wake, 0);
    });
  }

  async stop(): Promise<void> {
    this.#worker.removeAllListeners('exit');
    await this.#worker.terminate();
  }
}
