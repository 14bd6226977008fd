import type { Serializable } from 'node:child_process';
import { z } from 'zod';
import type { Service } from '../../core/service.js';
import { ForkedProgram, type ForkOptions } from './forked-program.js';

/** The program ended in the middle of a question. `tail` is the last of what it printed. */
export class ProgramLost extends Error {
  constructor(readonly tail: string) {
    super(tail === '' ? 'the process ended without a word' : tail);
    this.name = 'ProgramLost';
  }
}

export interface WarmProgramOptions<Reply> extends ForkOptions {
  /** Shape of a reply; anything else from the program is a bug and throws. */
  readonly reply: z.ZodType<Reply>;
  /**
   * What an aborted question does to the program: `replace` kills it and warms up another one, for work that
   * cannot be interrupted; `cancel` tells it, for work that looks up now and then and is dear to warm up.
   */
  readonly onAbort: 'replace' | 'cancel';
}

interface Pending {
  readonly id: number;
  readonly resolve: (reply: unknown) => void;
}

const answerSchema = z.object({ id: z.number(), reply: z.unknown() });

/**
 * A program in a process of its own that stays warm and answers one question after the other
 * (`serveQuestions` is the other end). Started by the first question when not by `start`.
 */
export class WarmProgram<Reply> implements Service {
  readonly #options: WarmProgramOptions<Reply>;
  #program: ForkedProgram | undefined;
  #pending: Pending | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #questions = 0;
  #stopped = false;

  constructor(options: WarmProgramOptions<Reply>) {
    this.#options = options;
  }

  /** Starts the program, or with `warm: false` only allows the first question to. */
  async start({ warm = true } = {}): Promise<void> {
    this.#stopped = false;
    if (warm) this.#running();
  }

  /**
   * Asks one question and gives its reply. Throws the signal's reason as soon as that is aborted, and
   * {@link ProgramLost} when the program dies; the next question finds a new one.
   */
  ask(question: Serializable, signal: AbortSignal): Promise<Reply> {
    const exchange = this.#queue.then(() => this.#exchange(question, signal));
    this.#queue = exchange.catch(() => undefined);
    return unlessAborted(exchange, signal);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const program = this.#program;
    this.#program = undefined;
    await program?.kill();
  }

  async #exchange(question: Serializable, signal: AbortSignal): Promise<Reply> {
    signal.throwIfAborted();
    const program = this.#running();
    const id = ++this.#questions;
    const interrupt = () => this.#interrupt(program, id);
    signal.addEventListener('abort', interrupt, { once: true });
    try {
      return this.#options.reply.parse(await this.#reply(program, id, question));
    } finally {
      signal.removeEventListener('abort', interrupt);
      this.#pending = undefined;
    }
  }

  #reply(program: ForkedProgram, id: number, question: Serializable): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#pending = { id, resolve };
      void program.ended.then(() => reject(new ProgramLost(program.tail())));
      program.send({ id, question });
    });
  }

  #interrupt(program: ForkedProgram, id: number): void {
    if (this.#options.onAbort === 'cancel') {
      program.send({ cancel: id });
      return;
    }
    if (this.#program === program) this.#program = undefined;
    void program.kill();
    if (!this.#stopped) this.#running();
  }

  #running(): ForkedProgram {
    if (this.#stopped) throw new Error('asked after stop');
    this.#program ??= this.#launch();
    return this.#program;
  }

  #launch(): ForkedProgram {
    const program = new ForkedProgram(this.#options);
    program.onMessage(answerSchema, (answer) => {
      if (answer.id === this.#pending?.id) this.#pending.resolve(answer.reply);
    });
    void program.ended.then(() => {
      if (this.#program === program) this.#program = undefined;
    });
    return program;
  }
}

/** The outcome of `work`, or the signal's reason as soon as it is aborted. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stopListening = () => {};
  const abortion = new Promise<never>((_, reject) => {
    const fail = () => reject(signal.reason);
    signal.addEventListener('abort', fail, { once: true });
    stopListening = () => signal.removeEventListener('abort', fail);
    if (signal.aborted) fail();
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, abortion]);
  } finally {
    stopListening();
  }
}
