import { createServer, type Server, type Socket } from 'node:net';
import { within } from '../../core/process.js';
import { Relay, type RunnerTarget } from './relay.js';

/** How long a connection waits for a runner while none is there. */
const PATIENCE_MS = 15_000;

/**
 * A public loopback port that never moves, in front of runners that come and go. A connection is
 * handed to the runner that is current when it arrives; while there is none it waits for the next.
 */
export class Forwarder {
  readonly #servers: Server[] = [];
  readonly #relays = new Set<Relay>();
  readonly #waiting = new Set<(target: RunnerTarget | undefined) => void>();
  #target: RunnerTarget | undefined;
  #stopped = false;

  private constructor() {}

  /** Listens on `port` of both loopback addresses. Rejects when somebody else holds it. */
  static async listen(port: number): Promise<Forwarder> {
    const forwarder = new Forwarder();
    try {
      await forwarder.#listen('127.0.0.1', port);
      // `localhost` may mean this one. A machine without it can do without.
      await forwarder.#listen('::1', port).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EADDRNOTAVAIL' && error.code !== 'EAFNOSUPPORT') throw error;
      });
      return forwarder;
    } catch (error) {
      await forwarder.stop();
      throw error;
    }
  }

  /** Sets the runner that new connections go to; those that wait go there at once. */
  pointTo(target: RunnerTarget | undefined): void {
    this.#target = target;
    if (target === undefined) return;
    for (const give of this.#waiting) give(target);
    this.#waiting.clear();
  }

  /** Ends every connection and closes the port. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const give of this.#waiting) give(undefined);
    for (const relay of this.#relays) relay.destroy();
    await Promise.all(
      this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
    );
  }

  #listen(host: string, port: number): Promise<void> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) =>
      this.#relay(socket),
    );
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, host, exclusive: true, ipv6Only: host === '::1' }, () => {
        this.#servers.push(server);
        resolve();
      });
    });
  }

  #relay(client: Socket): void {
    if (this.#stopped) {
      client.destroy();
      return;
    }
    const relay = new Relay(client, () => this.#nextTarget());
    this.#relays.add(relay);
    client.once('close', () => this.#relays.delete(relay));
    void relay.connect();
  }

  async #nextTarget(): Promise<RunnerTarget | undefined> {
    if (this.#stopped) return undefined;
    if (this.#target !== undefined && !this.#target.gone) return this.#target;
    let give: (target: RunnerTarget | undefined) => void = () => undefined;
    const given = new Promise<RunnerTarget | undefined>((resolve) => {
      give = resolve;
    });
    this.#waiting.add(give);
    const target = await within(given, PATIENCE_MS);
    this.#waiting.delete(give);
    return target;
  }
}
