import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { entryPath } from '../../../core/entry.js';
import { ForkedProgram } from '../../child/forked-program.js';
import { type LiveMessage, liveMessageSchema, type OpenLive } from './live-messages.js';

/** A program that ends more often than this within the time is only started again by a request, later. */
const MAX_RESTARTS = 3;
const RESTART_WINDOW_MS = 30_000;
const REST_MS = 3_000;

export interface LiveProcessListener {
  onMessage(message: LiveMessage): void;
  /** The program ended; `tail` is the last of what it printed. */
  onLost(tail: string): void;
  /** It runs again. */
  onBack(): void;
}

/** Keeps the program that serves a UI running, and knows where it listens. */
export class LiveProcess {
  readonly #options: Omit<OpenLive, 'socket'>;
  readonly #listener: LiveProcessListener;
  readonly #starts: number[] = [];
  #program: ForkedProgram | undefined;
  #folder = '';
  #listening: Promise<string | undefined> = Promise.resolve(undefined);
  #stopped = false;

  constructor(options: Omit<OpenLive, 'socket'>, listener: LiveProcessListener) {
    this.#options = options;
    this.#listener = listener;
  }

  async start(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'alga-ui-'));
    this.#launch();
    await this.#listening;
  }

  /** Where the program listens; waits while it starts, undefined when it does not run. */
  socket(): Promise<string | undefined> {
    const rested = Date.now() - (this.#starts.at(-1) ?? 0) > REST_MS;
    if (this.#program === undefined && rested && !this.#stopped) this.#relaunch();
    return this.#listening;
  }

  refresh(): void {
    this.#program?.send({ type: 'refresh' });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#program?.stop();
    if (this.#folder !== '') await rm(this.#folder, { recursive: true, force: true });
  }

  #launch(): void {
    const number = this.#starts.push(Date.now());
    const socket = socketPath(this.#folder, number);
    const program = new ForkedProgram({
      program: entryPath(import.meta.url, './vite-live.js'),
      cwd: this.#options.place.projectRoot,
      env: { NODE_ENV: 'development' },
    });
    this.#program = program;
    this.#listening = new Promise((resolve) => {
      program.onMessage((raw) => {
        const message = liveMessageSchema.parse(raw);
        if (message.type === 'listening') resolve(socket);
        this.#listener.onMessage(message);
      });
      void program.ended.then(() => {
        resolve(undefined);
        if (!this.#stopped) this.#ended(program);
      });
    });
    program.send({ ...this.#options, socket });
  }

  #ended(program: ForkedProgram): void {
    this.#program = undefined;
    this.#listener.onLost(program.tail());
    const since = Date.now() - RESTART_WINDOW_MS;
    if (this.#starts.filter((start) => start > since).length <= MAX_RESTARTS) this.#relaunch();
  }

  #relaunch(): void {
    this.#launch();
    void this.#listening.then((socket) => {
      if (socket !== undefined && !this.#stopped) this.#listener.onBack();
    });
  }
}

function socketPath(folder: string, number: number): string {
  return process.platform === 'win32'
    ? `\\\\.\\pipe\\${folder.split('\\').at(-1) ?? 'alga-ui'}-${number}`
    : join(folder, `${number}.sock`);
}
