import { type ChildProcess, fork, type Serializable } from 'node:child_process';
import type { z } from 'zod';
import { FRUGAL_MEMORY } from '../../core/frugal-memory.js';

/** How much of what a program printed is kept, for the text of an error about its end. */
const TAIL_CHARACTERS = 4_000;
/** Time a program has to end by itself after SIGTERM. */
const STOP_MS = 1_000;

export interface ForkOptions {
  /** Absolute path of the compiled program. */
  readonly program: string;
  readonly cwd: string;
  readonly args?: readonly string[];
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** How messages are sent: as JSON, or so that bytes and big integers stay what they are. */
  readonly serialization?: 'json' | 'advanced';
}

/**
 * A program of ours in a process of its own, bound to this one: its standard input is a pipe that closes
 * when we die by whatever death, and `bindToParent` in the program ends it then.
 */
export class ForkedProgram {
  readonly #child: ChildProcess;
  readonly ended: Promise<void>;
  #tail = '';

  constructor(options: ForkOptions) {
    this.#child = fork(options.program, [...(options.args ?? [])], {
      cwd: options.cwd,
      // What the author has set themselves counts more.
      env: { ...FRUGAL_MEMORY, ...process.env, ...options.env },
      execArgv: [],
      ...(options.serialization ? { serialization: options.serialization } : {}),
      stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.#child.once('error', (error) => {
        this.#keep(String(error));
        resolve();
      });
    });
    this.#child.stdin?.on('error', () => undefined);
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#keep(text));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#keep(text));
  }

  /** The last of what the program printed, for error texts. */
  tail(): string {
    return this.#tail.trim();
  }

  /**
   * Listens for messages of this shape. Any other one is not of the program: the project's own code runs in it
   * too, and may tell a parent process what it likes.
   */
  onMessage<T>(shape: z.ZodType<T>, listener: (message: T) => void): void {
    this.#child.on('message', (message) => {
      const known = shape.safeParse(message);
      if (known.success) listener(known.data);
    });
  }

  /** Sends a message; one that cannot be delivered any more is dropped, `ended` tells why. */
  send(message: Serializable): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  /** Ends the program: politely, then by force. Resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    this.#child.kill('SIGTERM');
    await this.ended;
    clearTimeout(timer);
  }

  /** Ends the program at once. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  #keep(text: string): void {
    this.#tail = (this.#tail + text).slice(-TAIL_CHARACTERS);
  }
}
