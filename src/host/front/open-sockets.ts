import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Every connection to a server, upgraded ones too, which the server itself forgets: so that its end does not wait for
 * whoever keeps one open. Answers what is no HTTP with 400.
 */
export class OpenSockets {
  readonly #sockets = new Set<Socket>();

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on('clientError', (_error, socket) => {
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
      else socket.destroy();
    });
  }

  /** Ends all of them at once. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Waits until the server is closed, and ends what is still open after `graceMs`. */
  async drained(closed: Promise<unknown>, graceMs: number): Promise<void> {
    const timer = setTimeout(() => this.destroy(), graceMs);
    try {
      await closed;
    } finally {
      clearTimeout(timer);
      this.destroy();
    }
  }
}
