import { type ChildProcess, fork, type Serializable } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { FRUGAL_MEMORY } from '../../../core/frugal-memory.js';
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
  /** Gives the program a temporary folder of its own, which is removed with all its contents when it ends. */
  readonly scratch?: boolean;
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
  #killed = false;
  #tail = '';

  constructor(options: ToolProcessOptions) {
    const scratch = options.scratch ? mkdtempSync(join(tmpdir(), 'alga-tools-')) : undefined;
    this.#child = fork(options.program, [], {
      execArgv: [...options.execArgv],
      serialization: 'advanced',
      stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
      detached: platform() !== 'win32',
      // A debugger port of the parent must not be asked for twice.
      env: { ...FRUGAL_MEMORY, ...process.env, NODE_OPTIONS: '', ...temporaryIn(scratch) },
    });
    const exit = new Promise<void>((resolve) => {
      const end = (how: string): void => {
        this.#end(how);
        resolve();
      };
      this.#child.once('close', (code, signal) => {
        end(signal === null ? `exited with code ${code}` : `was ended by ${signal}`);
      });
      this.#child.once('error', (error) => end(String(error)));
    });
    this.ended = exit.then(() => removed(scratch));
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
    return !this.#gone && !this.#killed;
  }

  /**
   * Asks a question and gives the reply. Rejects with {@link ProcessLost} when the process dies, and with the
   * signal's reason as soon as it is aborted: the process is killed then.
   */
  ask(question: Serializable, signal: AbortSignal): Promise<unknown> {
    if (!this.usable) return Promise.reject(new ProcessLost(this.#tail.trim(), 'is gone'));
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
    this.#killed = true;
    if (!this.#gone && pid !== undefined) signalGroup(pid, 'SIGKILL');
    await this.ended;
  }

  #end(how: string): void {
    this.#gone = true;
    this.#pending?.reject(new ProcessLost(this.#tail.trim(), how));
    this.#pending = undefined;
  }
}

function temporaryIn(dir: string | undefined): Record<string, string> {
  return dir === undefined ? {} : { TMPDIR: dir, TMP: dir, TEMP: dir };
}

async function removed(dir: string | undefined): Promise<void> {
  if (dir === undefined) return;
  await rm(dir, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
}
