import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
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

/** The program that serves a UI, before it is told which: loading Vite is half of what its start takes. */
export class UiProgram {
  readonly process: ForkedProgram;
  /** Only this user can enter it. The program removes it at its end, and {@link stop} when that came too suddenly. */
  readonly folder = mkdtempSync(join(tmpdir(), 'alga-ui-'));

  constructor(projectRoot: string) {
    this.process = new ForkedProgram({
      program: entryPath(import.meta.url, './vite-live.js'),
      cwd: projectRoot,
      args: [this.folder],
      env: { NODE_ENV: 'development' },
    });
  }

  async stop(): Promise<void> {
    await this.process.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Keeps the program that serves a UI running, and knows where it listens. */
export class LiveProcess {
  #options: Omit<OpenLive, 'socket'>;
  readonly #listener: LiveProcessListener;
  readonly #starts: number[] = [];
  /** All that were started; each is told to end, and what it leaves is removed. */
  readonly #launched: UiProgram[] = [];
  #program: ForkedProgram | undefined;
  #listening: Promise<string | undefined> = Promise.resolve(undefined);
  #stopped = false;

  constructor(options: Omit<OpenLive, 'socket'>, listener: LiveProcessListener) {
    this.#options = options;
    this.#listener = listener;
  }

  /** `waiting`: the program to begin with, when one was started ahead; it is stopped with this. */
  async start(waiting?: UiProgram): Promise<void> {
    this.#launch(waiting);
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

  warmUp(): void {
    this.#options = { ...this.#options, warm: true };
    this.#program?.send({ type: 'warm-up' });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const program of this.#launched) await program.stop();
  }

  #launch(launched = new UiProgram(this.#options.place.projectRoot)): void {
    this.#starts.push(Date.now());
    this.#launched.push(launched);
    const { folder, process: program } = launched;
    const socket = socketPath(folder);
    this.#program = program;
    this.#listening = new Promise((resolve) => {
      program.onMessage(liveMessageSchema, (message) => {
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

function socketPath(folder: string): string {
  return process.platform === 'win32' ? `\\\\.\\pipe\\${basename(folder)}` : join(folder, 'live.sock');
}
