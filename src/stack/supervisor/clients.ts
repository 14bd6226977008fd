import { createServer, type Server, type Socket } from 'node:net';
import { within } from '../../core/process.js';
import { readMessages, writeMessage } from './json-lines.js';
import {
  type ClientMessage,
  clientMessageSchema,
  PROTOCOL_VERSION,
  type SupervisorMessage,
} from './protocol.js';

/** What the supervisor does about its clients. */
export interface ClientsHandler {
  /** A session arrived; what is sent back is what it needs to know now. */
  onSession(client: Client): void;
  /** A session left, by whatever way; `left` are those that remain. */
  onSessionEnd(left: number): void;
  onRequest(client: Client, request: Extract<ClientMessage, { type: 'status' | 'stop' }>): void;
}

/** A connected client that has said who it is. */
export interface Client {
  readonly pid: number;
  send(message: SupervisorMessage): void;
}

const HELLO_LIMIT_MS = 5_000;

/** The supervisor's socket. A session counts from its hello to the end of its connection or its bye. */
export class Clients {
  readonly #handler: ClientsHandler;
  readonly #token: string;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Map<Socket, Client>();
  readonly #server: Server;

  constructor(token: string, handler: ClientsHandler) {
    this.#token = token;
    this.#handler = handler;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(path, () => resolve());
    });
  }

  /** Process ids of the sessions; one that also examines the stack has two connections. */
  sessions(): number[] {
    return [...new Set([...this.#sessions.values()].map(({ pid }) => pid))];
  }

  broadcast(message: SupervisorMessage): void {
    for (const client of this.#sessions.values()) client.send(message);
  }

  /** Tells everyone connected, sessions or not. */
  announce(message: SupervisorMessage): void {
    for (const socket of this.#sockets) writeMessage(socket, message);
  }

  /** Stops listening, which removes the socket file; connections stay open. */
  stopListening(): void {
    this.#server.close();
  }

  /** Closes every connection: the sign for clients that all is over. */
  async closeAll(): Promise<void> {
    const flushed = [...this.#sockets].map((socket) => new Promise<void>((done) => socket.end(() => done())));
    // A client that does not read (suspended by its user) must not hold up the end.
    await within(Promise.all(flushed), 500);
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    const impatience = setTimeout(() => socket.destroy(), HELLO_LIMIT_MS);
    let client: Client | undefined;
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(impatience);
      this.#sockets.delete(socket);
      this.#endSession(socket);
    });
    const onMessage = (message: ClientMessage): void => {
      if (message.type === 'hello') {
        clearTimeout(impatience);
        client = this.#welcome(socket, message);
      } else if (client === undefined) {
        socket.destroy();
      } else if (message.type === 'bye') {
        this.#endSession(socket, true);
      } else {
        this.#handler.onRequest(client, message);
      }
    };
    readMessages(socket, clientMessageSchema, onMessage, () => socket.destroy());
  }

  #welcome(socket: Socket, hello: Extract<ClientMessage, { type: 'hello' }>): Client | undefined {
    const send = (message: SupervisorMessage): void => writeMessage(socket, message);
    if (hello.token !== this.#token) {
      socket.destroy();
      return undefined;
    }
    if (hello.protocol !== PROTOCOL_VERSION) {
      send({ type: 'otherVersion', protocol: PROTOCOL_VERSION });
      socket.end();
      return undefined;
    }
    const client: Client = { pid: hello.pid, send };
    send({ type: 'welcome' });
    if (hello.role === 'session') {
      this.#sessions.set(socket, client);
      this.#handler.onSession(client);
    }
    return client;
  }

  /** Who said bye while others stay is let go at once; the last one hears the end by its connection's end. */
  #endSession(socket: Socket, polite = false): void {
    if (!this.#sessions.delete(socket)) return;
    const left = this.#sessions.size;
    if (polite && left > 0) socket.end();
    this.#handler.onSessionEnd(left);
  }
}
