import { connect, type Socket } from 'node:net';
import { algaError } from '../../core/errors/alga-error.js';
import { within } from '../../core/process.js';
import { readJsonFile } from '../folder/json-file.js';
import type { StackLayout } from '../folder/layout.js';
import { readMessages, writeMessage } from './json-lines.js';
import {
  addressSchema,
  type ClientMessage,
  PROTOCOL_VERSION,
  type SupervisorAddress,
  type SupervisorMessage,
  supervisorMessageSchema,
} from './protocol.js';

/** A supervisor that does not greet within this time is stuck. */
const WELCOME_LIMIT_MS = 5_000;

/** An open connection to the supervisor. Messages wait until somebody listens. */
export class SupervisorConnection {
  /** Resolves when the connection is over, whoever ended it. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #waiting: SupervisorMessage[] = [];
  #listener: ((message: SupervisorMessage) => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    readMessages(
      socket,
      supervisorMessageSchema,
      (message) => {
        if (this.#listener === undefined) this.#waiting.push(message);
        else this.#listener(message);
      },
      () => socket.destroy(),
    );
  }

  /** Sets who gets the messages, beginning with those that waited. */
  listen(listener: (message: SupervisorMessage) => void): void {
    this.#listener = listener;
    for (const message of this.#waiting.splice(0)) listener(message);
  }

  send(message: ClientMessage): void {
    writeMessage(this.#socket, message);
  }

  /** The next message, or undefined when the connection ends (or `limitMs` passes) before there is one. */
  async next(limitMs?: number): Promise<SupervisorMessage | undefined> {
    const message = new Promise<SupervisorMessage>((resolve) => {
      const first = this.#waiting.shift();
      if (first !== undefined) {
        resolve(first);
        return;
      }
      this.#listener = (received) => {
        this.#listener = undefined;
        resolve(received);
      };
    });
    const outcome = Promise.race([message, this.closed.then(() => undefined)]);
    return limitMs === undefined ? outcome : within(outcome, limitMs);
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/**
 * Connects to the supervisor the address file names; undefined when there is none that answers.
 * Throws STACK_OTHER_VERSION.
 */
export async function connectSupervisor(
  layout: StackLayout,
  role: 'session' | 'control',
): Promise<SupervisorConnection | undefined> {
  const address = await readJsonFile(layout.address, addressSchema).catch(() => undefined);
  const socket = address && (await openSocket(address.socket));
  if (address === undefined || socket === undefined) return undefined;
  const connection = new SupervisorConnection(socket);
  connection.send(hello(address, role));
  const answer = await connection.next(WELCOME_LIMIT_MS);
  if (answer?.type === 'welcome') return connection;
  connection.destroy();
  if (answer?.type !== 'otherVersion') return undefined;
  const versions = { theirs: String(answer.protocol), ours: String(PROTOCOL_VERSION) };
  throw algaError('STACK_OTHER_VERSION', versions);
}

function hello(address: SupervisorAddress, role: 'session' | 'control'): ClientMessage {
  return { type: 'hello', protocol: PROTOCOL_VERSION, token: address.token, role, pid: process.pid };
}

function openSocket(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      // An error is followed by the close everybody waits for.
      socket.on('error', () => undefined);
      resolve(socket);
    });
    socket.once('error', () => resolve(undefined));
  });
}
