import { type ChildProcess, fork, type Serializable } from 'node:child_process';
import { platform } from 'node:os';
import { signalGroup } from '../../../core/process.js';

/** How much of what a program printed is kept, for the text of an error about its end. */
const TAIL_CHARACTERS = 4_000;

/** The process ended in the middle of a question; the message is the last of what it printed. */
export class ProcessLost extends Error {
  constructor(tail: string, exit: string) {
    super(tail === '' ? `the process ${exit} without a word` : tail);
    this.name = 'ProcessLost';
  }
}

export interface ToolProcessOptions {
  /** Absolute path of the compiled program; it calls `serveQuestions`. */
  readonly program: string;
  /** Switches of Node and V8. */
  readonly execArgv: readonly string[];
}

interface Pending {
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A program of ours in a process group of its own, so that killing it takes the native tools it runs along.
 * It answers one question at a time and is killed when the asker loses interest; it is never used again then.
 * Its standard input is a pipe that closes when we die, by whatever death, and it ends itself then.
 */
export class ToolProcess {
  readonly #child: ChildProcess;
  readonly ended: Promise<void>;
  #pending: Pending | undefined;
  #gone = false;
  #tail = '';

  constructor(options: ToolProcessOptions) {
    this.#child = fork(options.program, [], {
      execArgv: [...options.execArgv],
      serialization: 'advanced',
      stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
      detached: platform() !== 'win32',
      // A debugger port of the parent must not be asked for twice.
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        this.#end(signal === null ? `exited with code ${code}` : `was ended by ${signal}`);
        resolve();
      });
      this.#child.once('error', (error) => {
        this.#end(String(error));
        resolve();
      });
    });
    this.#child.stdin?.on('error', () => undefined);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#tail = (this.#tail + text).slice(-TAIL_CHARACTERS);
      });
    }
    this.#child.on('message', (reply) => {
      this.#pending?.resolve(reply);
      this.#pending = undefined;
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** False once the process is gone or going. */
  get usable(): boolean {
    return !this.#gone;
  }

  /** True while it works on a question. */
  get busy(): boolean {
    return this.#pending !== undefined;
  }

  /**
   * Asks a question and gives the reply. Rejects with {@link ProcessLost} when the process dies, and with the
   * signal's reason as soon as it is aborted: the process is killed then.
   */
  ask(question: Serializable, signal: AbortSignal): Promise<unknown> {
    if (this.#gone) return Promise.reject(new ProcessLost(this.#tail.trim(), 'is gone'));
    if (this.#pending) throw new Error('asked while still busy');
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const abort = () => {
        settle(reject)(signal.reason);
        void this.kill();
      };
      const settle =
        <T>(outcome: (value: T) => void) =>
        (value: T): void => {
          signal.removeEventListener('abort', abort);
          this.#pending = undefined;
          outcome(value);
        };
      this.#pending = { resolve: settle(resolve), reject: settle(reject) };
      signal.addEventListener('abort', abort, { once: true });
      this.#child.send(question, () => undefined);
    });
  }

  /** Ends the process and everything it started, at once. Resolves when it is gone. */
  async kill(): Promise<void> {
    const { pid } = this.#child;
    if (!this.#gone && pid !== undefined) signalGroup(pid, 'SIGKILL');
    await this.ended;
  }

  #end(how: string): void {
    this.#gone = true;
    this.#pending?.reject(new ProcessLost(this.#tail.trim(), how));
    this.#pending = undefined;
  }
}
