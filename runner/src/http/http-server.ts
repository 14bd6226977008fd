import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '../log.js';
import { text } from '../net/text.js';
import type { Route } from './exchange.js';
import { send } from './respond.js';
import { parseTarget } from './target.js';

export interface HttpServerOptions {
  readonly routes: readonly Route[];
  readonly host: string;
  readonly port: number;
  readonly log: Logger;
  /** Told of every request once its answer has ended, or was given up. */
  readonly onDone: (route: string, method: string, status: number, seconds: number) => void;
}

// Longer than the idle time of the gateways' pools, so that a socket is not closed under a request.
const KEEP_ALIVE_MS = 75_000;

/** The runner's HTTP door: finds the route of a request and keeps count of what is under way. */
export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #server: Server;
  readonly #busy = new Set<ServerResponse>();
  #whenIdle: (() => void) | undefined;
  #draining = false;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#server = createServer(
      { keepAliveTimeout: KEEP_ALIVE_MS, requireHostHeader: false },
      (request, response) => this.#serve(request, response),
    );
  }

  /** Listens; gives the port, which the system chose when it was given as 0. */
  async start(): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ port: this.#options.port, host: this.#options.host, backlog: 1024 }, resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** Takes no new connections, lets requests under way end, then closes what is left. */
  async stop(graceMs: number): Promise<void> {
    this.#draining = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    // Whoever still gets an answer hears that it is the last of its connection, and sends no request
    // there that would meet its end.
    for (const response of this.#busy) announceEnd(response);
    await this.#idle(graceMs);
    this.#server.closeAllConnections();
    await closed;
  }

  async #idle(graceMs: number): Promise<void> {
    if (this.#busy.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#whenIdle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const began = performance.now();
    const method = request.method ?? 'GET';
    let name = 'none';
    this.#busy.add(response);
    response.once('close', () => {
      this.#busy.delete(response);
      if (this.#busy.size === 0) this.#whenIdle?.();
      this.#options.onDone(name, method, response.statusCode, (performance.now() - began) / 1000);
    });
    if (this.#draining) announceEnd(response);
    const target = parseTarget(request.url ?? '/');
    const route = target && this.#options.routes.find((candidate) => candidate.matches(target.path));
    name = route?.name ?? name;
    if (target === undefined) send(response, 400);
    else if (route === undefined) send(response, 404);
    else if (!route.methods.includes(method)) send(response, 405, { allow: route.methods.join(',') });
    else {
      route
        .handle({ request, response, path: target.path, query: target.query })
        .catch((error: unknown) => this.#fail(request, response, name, error));
    }
  }

  /** A fault of ours, or a caller that went away: nobody else's request may notice. */
  #fail(request: IncomingMessage, response: ServerResponse, route: string, error: unknown): void {
    const gone = request.socket.destroyed;
    if (!gone) this.#options.log.error({ route, error: text(error) }, 'request failed');
    if (response.headersSent || gone) response.destroy();
    else send(response, 500);
  }
}

function announceEnd(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}
