import { isDeepStrictEqual } from 'node:util';
import { type AlgaError, algaError, textOf } from '../../core/errors/alga-error.js';
import { within } from '../../core/process.js';
import type { ServiceEvent, Stack, StoreConfig } from '../types.js';
import { type Attachment, attachSession } from './attach.js';
import type { Endpoints, SupervisorMessage } from './protocol.js';
import { gaveUp } from './supervised-service.js';

/** Ctrl-C to prompt is promised within a second; what takes longer ends without us. */
const CLOSE_LIMIT_MS = 800;

/** A session's view of the stack, which follows the stack when its supervisor dies and is replaced. */
export class StackSession implements Stack {
  readonly kind = 'embedded';
  readonly database: { readonly connectionString: string };
  readonly store: StoreConfig;
  readonly #env: NodeJS.ProcessEnv;
  readonly #endpoints: Endpoints;
  readonly #lostListeners = new Set<(why: AlgaError) => void>();
  readonly #serviceListeners = new Set<(event: ServiceEvent) => void>();
  #attachment: Attachment | undefined;
  #closing = false;
  /** Why the supervisor says it ends, when it does. */
  #farewell: Extract<SupervisorMessage, { type: 'closing' }> | undefined;

  constructor(env: NodeJS.ProcessEnv, attachment: Attachment) {
    this.#env = env;
    this.#endpoints = attachment.endpoints;
    this.database = { connectionString: attachment.endpoints.connectionString };
    this.store = attachment.endpoints.store;
    this.#follow(attachment);
  }

  onLost(listener: (why: AlgaError) => void): void {
    this.#lostListeners.add(listener);
  }

  onService(listener: (event: ServiceEvent) => void): void {
    this.#serviceListeners.add(listener);
  }

  async close(): Promise<void> {
    this.#closing = true;
    const connection = this.#attachment?.connection;
    this.#attachment = undefined;
    if (connection === undefined) return;
    connection.send({ type: 'bye' });
    await within(connection.closed, CLOSE_LIMIT_MS);
    connection.destroy();
  }

  #follow(attachment: Attachment): void {
    this.#attachment = attachment;
    this.#farewell = undefined;
    attachment.connection.listen((message) => this.#hear(message));
    void attachment.connection.closed.then(() => this.#ended(attachment));
  }

  #hear(message: SupervisorMessage): void {
    if (message.type === 'closing') this.#farewell = message;
    if (message.type !== 'service') return;
    const { service, state, cause, log } = message;
    this.#tell({ service, state, cause });
    if (state === 'lost') this.#lose(gaveUp(service, cause, log));
  }

  #ended(attachment: Attachment): void {
    if (this.#closing || this.#attachment !== attachment) return;
    this.#attachment = undefined;
    const farewell = this.#farewell;
    if (farewell?.final === true) {
      this.#lose(algaError('STACK_STOPPED', { reason: farewell.reason }));
      return;
    }
    const cause = farewell?.reason ?? 'it was ended from outside';
    this.#tell({ service: 'supervisor', state: 'down', cause });
    this.#lose(algaError('STACK_SUPERVISOR_LOST', { detail: cause }));
    void this.#comeBack(cause);
  }

  /** Starts the stack again, or joins whoever was faster. Its ports and secrets are remembered. */
  async #comeBack(cause: string): Promise<void> {
    try {
      const attachment = await attachSession(this.#env, () => undefined);
      if (this.#closing) {
        attachment.connection.destroy();
        return;
      }
      this.#follow(attachment);
      if (!isDeepStrictEqual(attachment.endpoints, this.#endpoints)) {
        this.#lose(algaError('STACK_STOPPED', { reason: 'it came back at other addresses' }));
        return;
      }
      this.#tell({ service: 'supervisor', state: 'up', cause });
    } catch (error) {
      if (this.#closing) return;
      this.#tell({ service: 'supervisor', state: 'lost', cause: textOf(error) });
      this.#lose(algaError('STACK_SUPERVISOR_LOST', { detail: textOf(error) }, { cause: error }));
    }
  }

  #lose(why: AlgaError): void {
    for (const listener of this.#lostListeners) listener(why);
  }

  #tell(event: ServiceEvent): void {
    for (const listener of this.#serviceListeners) listener(event);
  }
}
