import type { Serializable } from 'node:child_process';
import { unlessAborted } from '../../../core/deadline.js';
import { ToolProcess, type ToolProcessOptions } from './tool-process.js';

/**
 * A tool process for work that cannot be interrupted: started by the first question, asked one question after
 * the other, killed by the abort of the one it works on, and started again by the next.
 */
export class SerialProcess {
  readonly #options: ToolProcessOptions;
  #process: ToolProcess | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: ToolProcessOptions) {
    this.#options = options;
  }

  /** Rejects with the signal's reason as soon as it is aborted, and with `ProcessLost` when the process dies. */
  ask(question: Serializable, signal: AbortSignal): Promise<unknown> {
    const work = this.#queue.then(() => {
      signal.throwIfAborted();
      return this.#warm().ask(question, signal);
    });
    this.#queue = work.catch(() => undefined);
    return unlessAborted(work, signal);
  }

  /** Ends the process; a later question starts another one. */
  async stop(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    await running?.kill();
  }

  #warm(): ToolProcess {
    if (!this.#process?.usable) this.#process = new ToolProcess(this.#options);
    return this.#process;
  }
}
