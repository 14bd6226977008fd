import { setTimeout as delay } from 'node:timers/promises';
import { AlgaError, algaError, textOf } from '../../core/errors/alga-error.js';
import { within } from '../../core/process.js';
import { layoutFor, type StackLayout } from '../folder/layout.js';
import { lockHolder } from '../folder/lock.js';
import { connectSupervisor, type SupervisorConnection } from './connection.js';
import { launchSupervisor } from './launch.js';
import { type Endpoints, unpackError } from './protocol.js';

/** A session's hold on a running stack. */
export interface Attachment {
  readonly connection: SupervisorConnection;
  readonly endpoints: Endpoints;
}

/** How long a living process may hold the stack without answering. */
const SILENCE_LIMIT_MS = 15_000;
/** How long a supervisor that is ending may take. */
const ENDING_LIMIT_MS = 20_000;
/** A supervisor between its lock and its socket, or between socket and exit, cannot be waited for. */
const RETRY_MS = 10;

/**
 * Attaches a session to the stack of the environment's folder, starting it when it does not run. A
 * supervisor that is just ending is waited for and then replaced. Throws what kept it from starting.
 */
export async function attachSession(
  env: NodeJS.ProcessEnv,
  onProgress: (text: string) => void,
): Promise<Attachment> {
  const layout = layoutFor(env);
  try {
    return await attach(env, layout, onProgress);
  } catch (error) {
    if (error instanceof AlgaError) throw error;
    // The file system refused something: a full disk, a home that cannot be written to.
    throw algaError('STACK_SUPERVISOR_FAILED', { detail: textOf(error), log: layout.logs }, { cause: error });
  }
}

async function attach(
  env: NodeJS.ProcessEnv,
  layout: StackLayout,
  onProgress: (text: string) => void,
): Promise<Attachment> {
  for (;;) {
    const connection = await connectOrLaunch(env, layout);
    const endpoints = await ready(connection, onProgress);
    if (endpoints !== undefined) return { connection, endpoints };
    await within(connection.closed, ENDING_LIMIT_MS);
    connection.destroy();
  }
}

async function connectOrLaunch(env: NodeJS.ProcessEnv, layout: StackLayout): Promise<SupervisorConnection> {
  const deadline = Date.now() + SILENCE_LIMIT_MS;
  for (;;) {
    const connection = await connectSupervisor(layout, 'session');
    if (connection !== undefined) return connection;
    const holder = await lockHolder(layout.lock);
    if (holder === undefined && (await launchSupervisor(env)) === 'listening') continue;
    if (Date.now() > deadline) {
      const detail = `process ${holder?.pid ?? 'of another session'} holds it and does not answer`;
      throw algaError('STACK_SUPERVISOR_FAILED', { detail, log: layout.logs });
    }
    await delay(RETRY_MS);
  }
}

/** Waits until the services are up. Undefined: this supervisor is ending, or died. */
async function ready(
  connection: SupervisorConnection,
  onProgress: (text: string) => void,
): Promise<Endpoints | undefined> {
  for (;;) {
    const message = await connection.next();
    if (message === undefined || message.type === 'closing') return undefined;
    if (message.type === 'ready') return message.endpoints;
    if (message.type === 'progress') onProgress(message.text);
    if (message.type === 'failed') {
      // Told first and ended then: whoever hears the error finds nothing of the stack left.
      await within(connection.closed, ENDING_LIMIT_MS);
      connection.destroy();
      throw unpackError(message.error);
    }
  }
}
