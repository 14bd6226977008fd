import { randomBytes } from 'node:crypto';
import { rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AlgaError, algaError, textOf } from '../../core/errors/alga-error.js';
import { Journal } from '../folder/journal.js';
import { writeJsonFile } from '../folder/json-file.js';
import type { StackLayout } from '../folder/layout.js';
import type { HeldLock } from '../folder/lock.js';
import { Clients } from './clients.js';
import { type Endpoints, packError, type SupervisorAddress, type SupervisorMessage } from './protocol.js';
import { EmbeddedServices, logPath } from './services.js';
import { Watchdog } from './watchdog.js';

export interface SupervisorOptions {
  readonly layout: StackLayout;
  /** Socket to listen at; its folder is private and ours. */
  readonly socket: string;
  /** The lock of the stack folder, which is released at the end. */
  readonly lock: HeldLock;
  readonly env: NodeJS.ProcessEnv;
  readonly note: (text: string) => void;
}

/** How long the first session may take to come. */
const FIRST_SESSION_LIMIT_MS = 10_000;

type State =
  | { readonly name: 'starting'; readonly progress: string }
  | { readonly name: 'ready'; readonly endpoints: Endpoints }
  | { readonly name: 'closing'; readonly farewell: SupervisorMessage };

/**
 * Owner of a stack's services: brings them up, keeps them up while sessions are connected, and ends
 * everything with the last one. Whoever connects after that decision is told so, waits for the end
 * of the connection and starts a new supervisor; so no session ever holds services that are going.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #token = randomBytes(24).toString('base64url');
  readonly #clients: Clients;
  readonly #services: EmbeddedServices;
  readonly #journal: Journal;
  readonly #watchdog = new Watchdog();
  readonly #ended: Promise<void>;
  #resolveEnded: () => void = () => undefined;
  #firstSession: NodeJS.Timeout | undefined;
  #starting: Promise<void> = Promise.resolve();
  #state: State = { name: 'starting', progress: '' };

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#journal = new Journal(options.layout.journal);
    this.#ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#clients = new Clients(this.#token, {
      onSession: (client) => this.#greet(client.send),
      onSessionEnd: (left) => {
        if (left === 0) void this.close({ type: 'closing', reason: 'the last session ended', final: false });
      },
      onRequest: (client, request) => {
        if (request.type === 'status') client.send(this.#status());
        else this.#stopOnRequest(client.send, request.force);
      },
    });
    this.#services = new EmbeddedServices({
      layout: options.layout,
      env: options.env,
      onProgress: (text) => this.#progress(text),
      onSpawn: (service, pid) => this.#record(service, pid),
      listener: {
        onEvent: ({ service, state, cause }) => {
          options.note(`${service} ${state}: ${cause}`);
          const log = logPath(options.layout, service);
          this.#clients.broadcast({ type: 'service', service, state, cause, log });
        },
        onGone: (pid) => this.#watchdog.disown(pid),
      },
    });
  }

  /** Opens the socket; after this clients can connect. The services come up behind it. */
  async listen(): Promise<void> {
    const { socket, layout } = this.#options;
    this.#watchdog.start();
    // The lock is ours, so a socket file here is one a killed supervisor left.
    if (!socket.startsWith('\\\\')) await rm(socket, { force: true });
    await this.#clients.listen(socket);
    const address: SupervisorAddress = { pid: process.pid, socket, token: this.#token };
    await writeJsonFile(layout.address, address);
    this.#firstSession = setTimeout(() => this.#missSession(), FIRST_SESSION_LIMIT_MS);
    this.#starting = this.#startServices();
  }

  /** To be called when whoever started this is gone: if no session has come until now, none will. */
  starterLeft(): void {
    if (this.#firstSession !== undefined) this.#missSession();
  }

  /** Resolves when everything has ended and the lock is released. */
  ended(): Promise<void> {
    return this.#ended;
  }

  /** Ends the services, then everything else. Clients hear the farewell now and the end at the end. */
  async close(farewell: SupervisorMessage): Promise<void> {
    if (this.#state.name === 'closing') return;
    this.#state = { name: 'closing', farewell };
    clearTimeout(this.#firstSession);
    this.#options.note(`ending: ${'reason' in farewell ? farewell.reason : farewell.type}`);
    this.#clients.announce(farewell);
    await this.#starting;
    await this.#attempt('stop the services', () => this.#services.stop());
    await this.#attempt('stop the watchdog', () => this.#watchdog.stop());
    await this.#attempt('clean up', () => this.#leave());
    await this.#clients.closeAll();
    this.#resolveEnded();
  }

  async #startServices(): Promise<void> {
    try {
      const leftovers = await this.#journal.cleanUp();
      if (leftovers.length > 0) this.#options.note(`stopped what was left over: ${leftovers.join(', ')}`);
      const endpoints = await this.#services.start();
      if (this.#state.name !== 'starting') return;
      this.#state = { name: 'ready', endpoints };
      this.#clients.broadcast({ type: 'ready', endpoints });
    } catch (thrown) {
      const detail = textOf(thrown);
      this.#options.note(`start failed: ${detail}`);
      const error =
        thrown instanceof AlgaError
          ? thrown
          : algaError('STACK_SUPERVISOR_FAILED', { detail, log: this.#options.layout.logs });
      // Not awaited: closing itself waits for this start to be over.
      void this.close({ type: 'failed', error: packError(error) });
    }
  }

  #missSession(): void {
    void this.close({ type: 'closing', reason: 'no session came', final: false });
  }

  #greet(send: (message: SupervisorMessage) => void): void {
    clearTimeout(this.#firstSession);
    this.#firstSession = undefined;
    const state = this.#state;
    if (state.name === 'closing') send(state.farewell);
    else if (state.name === 'ready') send({ type: 'ready', endpoints: state.endpoints });
    else if (state.progress !== '') send({ type: 'progress', text: state.progress });
  }

  #progress(text: string): void {
    if (this.#state.name !== 'starting') return;
    this.#state = { name: 'starting', progress: text };
    this.#clients.broadcast({ type: 'progress', text });
  }

  #status(): SupervisorMessage {
    const services = this.#services.status();
    return { type: 'status', pid: process.pid, sessions: this.#clients.sessions(), services };
  }

  #stopOnRequest(send: (message: SupervisorMessage) => void, force: boolean): void {
    const sessions = this.#clients.sessions();
    if (sessions.length > 0 && !force) send({ type: 'refused', sessions });
    else void this.close({ type: 'closing', reason: 'alga stack stop', final: true });
  }

  #record(service: string, pid: number): void {
    this.#watchdog.own(pid);
    void this.#attempt('write the journal', () => this.#journal.add(service, pid));
  }

  /** The socket goes before the lock: closing it removes its file, which by then could be a successor's. */
  async #leave(): Promise<void> {
    const { layout, lock, socket } = this.#options;
    this.#clients.stopListening();
    await rm(layout.address, { force: true });
    await rm(layout.journal, { force: true });
    if (!socket.startsWith('\\\\')) await rmdir(dirname(socket)).catch(() => undefined);
    await lock.release();
  }

  async #attempt(what: string, task: () => Promise<unknown>): Promise<void> {
    try {
      await task();
    } catch (error) {
      this.#options.note(`could not ${what}: ${textOf(error)}`);
    }
  }
}
