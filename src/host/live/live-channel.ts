import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { contentHashSchema } from '../../core/ids.js';
import { refuseUpgrade } from '../front/refused-upgrade.js';
import { sameSecret } from '../front/session-token.js';
import type { ChannelMessage, PageCommand } from '../wire/messages.js';
import { PROTOCOL, TOKEN_PREFIX } from './live-address.js';

const MAX_MESSAGE_BYTES = 16 * 1024;
/** A page that reads slower than this is cut off; it connects again and is told how things stand. */
const MAX_BACKLOG_BYTES = 8 * 1024 * 1024;
const HEARTBEAT_MS = 20_000;

const commandSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('rebuild'), extension: z.string().optional() }),
  z.strictObject({ type: z.literal('previousVersion'), extension: z.string().optional() }),
  z.strictObject({
    type: z.literal('useVersion'),
    extension: z.string().optional(),
    contentHash: contentHashSchema,
  }),
  z.strictObject({ type: z.literal('restartRunner') }),
  z.strictObject({ type: z.literal('doctor') }),
  z.strictObject({ type: z.literal('mend') }),
]);

/** Everything a page may say. Nothing of it reads files or runs programs. */
const fromPageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ping') }),
  z.strictObject({ type: z.literal('command'), command: commandSchema }),
]);

export interface LiveChannelOptions {
  readonly token: string;
  /** First message to a page that connects. */
  readonly hello: () => ChannelMessage;
  readonly onCommand: (command: PageCommand) => void;
}

/** The WebSocket over which pages hear what happens and send what their buttons ask. */
export class LiveChannel {
  readonly #options: LiveChannelOptions;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: () => PROTOCOL,
  });
  readonly #alive = new WeakSet<WebSocket>();
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(options: LiveChannelOptions) {
    this.#options = options;
  }

  start(): void {
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  /** Takes over an upgrade to {@link LIVE_PATH}: 401 without the session's token. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#admits(request)) this.#server.handleUpgrade(request, socket, head, (page) => this.#greet(page));
    else refuseUpgrade(socket, 401);
  }

  /** Tells every page. */
  send(message: ChannelMessage): void {
    if (this.#server.clients.size === 0) return;
    const text = JSON.stringify(message);
    for (const page of this.#server.clients) deliver(page, text);
  }

  close(): void {
    clearInterval(this.#heartbeat);
    for (const page of this.#server.clients) page.terminate();
    this.#server.close();
  }

  #admits(request: IncomingMessage): boolean {
    const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((text) => text.trim());
    const token = protocols.find((text) => text.startsWith(TOKEN_PREFIX))?.slice(TOKEN_PREFIX.length);
    return protocols.includes(PROTOCOL) && sameSecret(token, this.#options.token);
  }

  #greet(page: WebSocket): void {
    this.#alive.add(page);
    page.on('pong', () => this.#alive.add(page));
    page.on('error', () => page.terminate());
    page.on('message', (data) => this.#hear(page, data.toString()));
    deliver(page, JSON.stringify(this.#options.hello()));
  }

  #hear(page: WebSocket, text: string): void {
    const message = fromPageSchema.safeParse(jsonOf(text));
    if (!message.success) page.close(1008, 'not understood');
    else if (message.data.type === 'ping') deliver(page, '{"type":"pong"}');
    else this.#options.onCommand(message.data.command);
  }

  #beat(): void {
    for (const page of this.#server.clients) {
      if (!this.#alive.delete(page)) page.terminate();
      else page.ping();
    }
  }
}

function deliver(page: WebSocket, text: string): void {
  if (page.readyState !== WebSocket.OPEN) return;
  if (page.bufferedAmount > MAX_BACKLOG_BYTES) page.terminate();
  else page.send(text);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
