import { setTimeout as delay } from 'node:timers/promises';
import { entryPath } from '../../core/entry.js';
import { algaError } from '../../core/errors/alga-error.js';
import { choosePort } from '../../core/ports.js';
import { describeExit, within } from '../../core/process.js';
import { Forwarder } from './forwarder.js';
import { type RunnerOptions, runnerEnvironment } from './options.js';
import type { RunnerTarget } from './relay.js';
import { RunnerLog } from './runner-log.js';
import { type RunnerProcess, startRunnerProcess } from './runner-process.js';
import { type UsedBundle, UsedBundles } from './used-bundles.js';

/** The product's development port of the runner. */
const PRODUCT_PORT = 8085;

const PORT_ATTEMPTS = 5;

/** Crashes in a row after which starting again is given up, and the wait before each new start. */
const RESTART_WAITS_MS = [0, 200, 1_000, 3_000];

/** A runner that stayed up this long is healthy: earlier crashes no longer count. */
const HEALTHY_AFTER_MS = 10_000;

/** How soon the end of a process is known after its connections broke. */
const LAST_WORDS_MS = 1_000;

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

/** What tests replace. */
interface RunnerTuning {
  readonly program?: string;
  /** How long each try to start a process may take, in milliseconds. */
  readonly startPatienceMs?: readonly number[];
}

/** Starts a runner for a session. Throws STACK_RUNNER_FAILED. */
export async function startRunner(options: RunnerOptions, tuning: RunnerTuning = {}): Promise<RunnerHandle> {
  const secrets = [options.authKey, options.serviceToken, options.store.secretKey];
  const log = new RunnerLog(options.logFile, secrets);
  const { forwarder, port } = await publicPort(options.preferredPort ?? PRODUCT_PORT);
  const runner = new SupervisedRunner({
    url: `http://127.0.0.1:${port}`,
    forwarder,
    log,
    logFile: options.logFile ?? '',
    env: runnerEnvironment(options),
    program: tuning.program ?? entryPath(import.meta.url, '../../../runner/src/main.js'),
    patienceMs: tuning.startPatienceMs,
  });
  try {
    await runner.start();
    return runner;
  } catch (error) {
    await runner.stop();
    throw error;
  }
}

/** Takes the preferred port or the next free one; a port lost between looking and binding is left out. */
async function publicPort(preferred: number): Promise<{ forwarder: Forwarder; port: number }> {
  const lost = new Set<number>();
  for (;;) {
    const port = await choosePort({ preferred: [preferred], taken: lost });
    try {
      return { forwarder: await Forwarder.listen(port), port };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || lost.size >= PORT_ATTEMPTS) throw error;
      lost.add(port);
    }
  }
}

interface Settings {
  readonly url: string;
  readonly forwarder: Forwarder;
  readonly program: string;
  readonly patienceMs: readonly number[] | undefined;
  readonly env: Record<string, string>;
  readonly log: RunnerLog;
  readonly logFile: string;
}

/** A process in its place, and how connections see it. */
interface Running {
  readonly runner: RunnerProcess;
  readonly target: RunnerTarget;
}

class SupervisedRunner implements RunnerHandle {
  readonly url: string;
  readonly #settings: Settings;
  readonly #listeners = new Set<CrashListener>();
  readonly #leaving = new Set<Promise<void>>();
  readonly #used = new UsedBundles();
  readonly #stopped = new AbortController();
  #current: Running | undefined;
  #crashes = 0;
  /** Restarts and recoveries follow one another: two new processes at once would race for the place. */
  #turn: Promise<void> = Promise.resolve();

  constructor(settings: Settings) {
    this.#settings = settings;
    this.url = settings.url;
  }

  start(): Promise<void> {
    return this.#replace();
  }

  directUrl(): string {
    return this.#current ? `http://127.0.0.1:${this.#current.runner.port}` : this.url;
  }

  pid(): number | undefined {
    return this.#current?.runner.process.pid;
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
    await this.#settings.forwarder.stop();
    await current?.runner.end();
    await Promise.all(this.#leaving);
    await this.#settings.log.close();
  }

  /**
   * Brings a new process up and into place; the one before it drains in the background. While that one
   * serves, the new one gets ready what is in use; when there is none, requests wait, and so it gets
   * ready in its place.
   */
  async #replace(): Promise<void> {
    const { signal } = this.#stopped;
    const onInUse = (bundle: UsedBundle): void => this.#used.note(bundle);
    const runner = await startRunnerProcess({ ...this.#settings, signal, onInUse });
    const ready = this.#used.warmUp(runner.port, signal);
    if (this.#current !== undefined) {
      if (!(await ready)) await within(runner.process.exited, LAST_WORDS_MS);
      if (runner.process.hasExited()) throw this.#startFailed(runner);
    }
    if (signal.aborted) {
      await runner.end();
      return;
    }
    const before = this.#current;
    const target: RunnerTarget = { port: runner.port, drainingSince: undefined, gone: false };
    const next = { runner, target };
    this.#current = next;
    this.#settings.forwarder.pointTo(target);
    this.#watch(next);
    if (before && !before.runner.process.hasExited()) this.#letGo(before);
  }

  #startFailed(runner: RunnerProcess): Error {
    const detail = `it ended while it got ready. ${runner.lastWords()}`.trim();
    return algaError('STACK_RUNNER_FAILED', { detail, log: this.#settings.logFile });
  }

  #letGo({ runner, target }: Running): void {
    target.drainingSince = performance.now();
    const stopping = this.#stopped.signal;
    const endNow = (): void => void runner.end();
    stopping.addEventListener('abort', endNow, { once: true });
    const drained = runner.drain().finally(() => {
      stopping.removeEventListener('abort', endNow);
      this.#leaving.delete(drained);
    });
    this.#leaving.add(drained);
  }

  #watch(running: Running): void {
    const since = performance.now();
    void running.runner.process.exited.then((exit) => {
      running.target.gone = true;
      if (this.#current !== running || this.#stopped.signal.aborted) return;
      this.#current = undefined;
      if (performance.now() - since > HEALTHY_AFTER_MS) this.#crashes = 0;
      const last = running.runner.lastWords().split('\n').at(-1) ?? '';
      const cause = `it ${describeExit(exit)}${last === '' ? '' : `: ${last}`}`;
      this.#turn = this.#turn.then(() => this.#recover(cause));
    });
  }

  /** Starts it again, waiting longer each time, until it is up or has failed too often in a row. */
  async #recover(cause: string): Promise<void> {
    while (!this.#stopped.signal.aborted && this.#current === undefined) {
      const wait = RESTART_WAITS_MS[this.#crashes++];
      if (wait === undefined) return this.#tell(cause, false);
      try {
        await delay(wait, undefined, { signal: this.#stopped.signal });
        await this.#replace();
      } catch {
        // Why a new start failed is in the log; what is told is why the runner went down.
      }
    }
    if (!this.#stopped.signal.aborted) this.#tell(cause, true);
  }

  #tell(cause: string, restarted: boolean): void {
    for (const listener of this.#listeners) listener(cause, restarted);
  }
}
