import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * A public loopback port that never moves, in front of runners that come and go. Connections are
 * handed to the runner that is current when they arrive and stay with it until they end.
 */
export class Forwarder {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #target: number | undefined;

  private constructor() {
    this.#server = createServer((socket) => this.#forward(socket));
  }

  /** Listens on `port` of 127.0.0.1. Rejects when somebody else holds it. */
  static async listen(port: number): Promise<Forwarder> {
    const forwarder = new Forwarder();
    await new Promise<void>((resolve, reject) => {
      forwarder.#server.once('error', reject);
      forwarder.#server.listen({ port, host: '127.0.0.1' }, () => resolve());
    });
    return forwarder;
  }

  /** Port of the runner that new connections go to. */
  pointTo(port: number | undefined): void {
    this.#target = port;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #forward(client: Socket): void {
    if (this.#target === undefined) {
      client.destroy();
      return;
    }
    const runner = connect({ port: this.#target, host: '127.0.0.1' });
    client.setNoDelay(true);
    runner.setNoDelay(true);
    this.#own(client, runner);
    this.#own(runner, client);
    client.pipe(runner);
    runner.pipe(client);
  }

  #own(socket: Socket, other: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => other.destroy());
    socket.on('close', () => {
      this.#sockets.delete(socket);
      other.destroy();
    });
  }
}
