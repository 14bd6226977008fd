import { setTimeout as delay } from 'node:timers/promises';
import { entryPath } from '../../core/entry.js';
import { algaError, textOf } from '../../core/errors/alga-error.js';
import { choosePort } from '../../core/ports.js';
import { describeExit } from '../../core/process.js';
import { Forwarder } from './forwarder.js';
import { type RunnerOptions, runnerEnvironment } from './options.js';
import { RunnerLog } from './runner-log.js';
import { type RunnerProcess, startRunnerProcess } from './runner-process.js';

/** The product's development port of the runner. */
const PRODUCT_PORT = 8085;

/** Crashes in a row after which starting again is given up, and the wait before each new start. */
const RESTART_WAITS_MS = [0, 200, 1_000, 3_000];

/** A runner that stayed up this long is healthy: earlier crashes no longer count. */
const HEALTHY_AFTER_MS = 10_000;

export type CrashListener = (cause: string, restarted: boolean) => void;

/** A session's runner: one public address, processes behind it that are replaced when they die. */
export interface RunnerHandle {
  /** Public address; stays the same for the life of the handle. */
  readonly url: string;
  /** Address of the current process: saves a hop, but moves with every restart. */
  directUrl(): string;
  pid(): number | undefined;
  /** Starts a new process, switches to it when it can serve, and lets the old one finish its requests. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  /** Called for every crash with its cause, and whether a new process serves now. */
  onCrash(listener: CrashListener): void;
}

/** Starts a runner for a session. `program` replaces the runner's program in tests. */
export async function startRunner(options: RunnerOptions, program?: string): Promise<RunnerHandle> {
  const port = await choosePort({ preferred: [options.preferredPort ?? PRODUCT_PORT] });
  const log = await RunnerLog.open(options.logFile);
  const runner = new SupervisedRunner({
    port,
    log,
    logFile: options.logFile ?? '',
    env: runnerEnvironment(options),
    program: program ?? entryPath(import.meta.url, '../../../runner/src/main.js'),
  });
  try {
    await runner.start();
    return runner;
  } catch (error) {
    await runner.stop();
    throw error;
  }
}

interface Settings {
  readonly port: number;
  readonly program: string;
  readonly env: Record<string, string>;
  readonly log: RunnerLog;
  readonly logFile: string;
}

class SupervisedRunner implements RunnerHandle {
  readonly url: string;
  readonly #settings: Settings;
  readonly #listeners = new Set<CrashListener>();
  readonly #leaving = new Set<Promise<void>>();
  readonly #stopped = new AbortController();
  #forwarder: Forwarder | undefined;
  #current: RunnerProcess | undefined;
  #crashes = 0;
  /** Restarts and recoveries follow one another: two new processes at once would race for the place. */
  #turn: Promise<void> = Promise.resolve();

  constructor(settings: Settings) {
    this.#settings = settings;
    this.url = `http://127.0.0.1:${settings.port}`;
  }

  async start(): Promise<void> {
    this.#forwarder = await Forwarder.listen(this.#settings.port);
    await this.#replace();
  }

  directUrl(): string {
    return this.#current ? `http://127.0.0.1:${this.#current.port}` : this.url;
  }

  pid(): number | undefined {
    return this.#current?.process.pid;
  }

  onCrash(listener: CrashListener): void {
    this.#listeners.add(listener);
  }

  restart(): Promise<void> {
    if (this.#stopped.signal.aborted) return Promise.reject(algaError('STACK_RUNNER_STOPPED', {}));
    const turn = this.#turn.then(() => {
      this.#crashes = 0;
      return this.#replace();
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#turn;
    const current = this.#current;
    this.#current = undefined;
    await this.#forwarder?.stop();
    await current?.end();
    await Promise.all(this.#leaving);
    await this.#settings.log.close();
  }

  /** Brings a new process up and into place; the one before it drains in the background. */
  async #replace(): Promise<void> {
    const next = await startRunnerProcess(this.#settings);
    if (this.#stopped.signal.aborted) {
      await next.end();
      return;
    }
    const before = this.#current;
    this.#current = next;
    this.#forwarder?.pointTo(next.port);
    this.#watch(next);
    if (before && !before.process.hasExited()) this.#letGo(before);
  }

  #letGo(process: RunnerProcess): void {
    const stopping = this.#stopped.signal;
    const endNow = (): void => void process.end();
    stopping.addEventListener('abort', endNow, { once: true });
    const drained = process.drain().finally(() => {
      stopping.removeEventListener('abort', endNow);
      this.#leaving.delete(drained);
    });
    this.#leaving.add(drained);
  }

  #watch(runner: RunnerProcess): void {
    const since = performance.now();
    void runner.process.exited.then((exit) => {
      if (this.#current !== runner || this.#stopped.signal.aborted) return;
      if (performance.now() - since > HEALTHY_AFTER_MS) this.#crashes = 0;
      const lines = this.#settings.log.tail();
      const cause = `it ${describeExit(exit)}${lines === '' ? '' : `: ${lines.split('\n').at(-1)}`}`;
      this.#turn = this.#turn.then(() => this.#recover(cause));
    });
  }

  async #recover(cause: string): Promise<void> {
    this.#forwarder?.pointTo(undefined);
    const wait = RESTART_WAITS_MS[this.#crashes++];
    if (wait === undefined) return this.#tell(cause, false);
    try {
      await delay(wait, undefined, { signal: this.#stopped.signal });
      await this.#replace();
      this.#tell(cause, true);
    } catch (error) {
      if (this.#stopped.signal.aborted) return;
      this.#tell(cause, false);
      await this.#recover(textOf(error));
    }
  }

  #tell(cause: string, restarted: boolean): void {
    for (const listener of this.#listeners) listener(cause, restarted);
  }
}
