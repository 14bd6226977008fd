import { setTimeout as delay } from 'node:timers/promises';
import { type AlgaError, algaError, textOf } from '../../core/errors/alga-error.js';
import { describeExit } from '../../core/process.js';
import type { PortChoice, ServiceProcess } from '../embedded/service-process.js';
import type { ServiceEvent, ServiceName, ServiceStatus } from '../types.js';

/** How a service is started, again and again if need be. */
export type ServiceStarter = (ports: PortChoice) => Promise<ServiceProcess>;

export interface ServiceListener {
  onEvent(event: ServiceEvent & { service: ServiceName }): void;
  /** The process is gone and is not started again under this id. */
  onGone(pid: number): void;
}

/**
 * Waits before each new start. The first is short: after kill -9 of a database its own helpers need
 * a moment to notice, and it refuses to start until they are gone.
 */
const RESTART_WAITS_MS = [20, 100, 300, 1_000, 3_000];

/** After this long without a crash the earlier ones no longer count. */
const HEALTHY_AFTER_MS = 60_000;

/** A service that is started again, on the same port, when its process dies; within bounds. */
export class SupervisedService {
  readonly name: ServiceName;
  readonly #start: ServiceStarter;
  readonly #listener: ServiceListener;
  readonly #stopped = new AbortController();
  #process: ServiceProcess | undefined;
  #port: number | undefined;
  #state: ServiceStatus['state'] = 'starting';
  #crashes = 0;
  #recovery: Promise<void> = Promise.resolve();

  constructor(name: ServiceName, start: ServiceStarter, listener: ServiceListener) {
    this.name = name;
    this.#start = start;
    this.#listener = listener;
  }

  /** First start, on one of the wished ports. Gives the port, which stays. */
  async start(preferred: readonly number[]): Promise<number> {
    const started = await this.#start({ preferred });
    this.#port = started.port;
    this.#adopt(started);
    return started.port;
  }

  status(): ServiceStatus {
    return { name: this.name, state: this.#state, port: this.#port, pid: this.#process?.pid };
  }

  /** Ends the service, also while it is being started again. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#recovery;
    await this.#end();
  }

  async #end(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running === undefined) return;
    await running.stop();
    this.#listener.onGone(running.pid);
  }

  #adopt(started: ServiceProcess): void {
    this.#process = started;
    this.#state = 'up';
    const since = performance.now();
    void started.exited.then((exit) => {
      if (this.#process !== started || this.#stopped.signal.aborted) return;
      this.#process = undefined;
      if (performance.now() - since > HEALTHY_AFTER_MS) this.#crashes = 0;
      this.#recovery = this.#recover(started.pid, describeExit(exit));
    });
  }

  async #recover(pid: number, cause: string): Promise<void> {
    this.#tell('down', cause);
    this.#listener.onGone(pid);
    let last = cause;
    while (this.#crashes < RESTART_WAITS_MS.length && this.#port !== undefined) {
      try {
        await delay(RESTART_WAITS_MS[this.#crashes++], undefined, { signal: this.#stopped.signal });
        this.#adopt(await this.#start({ only: this.#port }));
        this.#tell('up', cause);
        return;
      } catch (error) {
        if (this.#stopped.signal.aborted) return;
        last = textOf(error);
      }
    }
    this.#tell('lost', last);
  }

  #tell(state: 'down' | 'up' | 'lost', cause: string): void {
    this.#state = state;
    this.#listener.onEvent({ service: this.name, state, cause });
  }
}

/** The error sessions get when a service is given up. */
export function gaveUp(service: ServiceName, cause: string, log: string): AlgaError {
  const name = service === 'database' ? 'database' : 'object store';
  return algaError('STACK_SERVICE_GAVE_UP', { service: name, cause, log });
}
