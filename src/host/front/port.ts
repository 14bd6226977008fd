import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { algaError } from '../../core/errors/alga-error.js';
import { choosePort } from '../../core/ports.js';

/** How often another program may be faster at taking the port that was free a moment ago. */
const ATTEMPTS = 5;

/** An open port on this machine's loopback addresses. */
export interface OpenPort {
  readonly port: number;
  /** Stops listening; connections that are open stay open. */
  close(): Promise<void>;
}

/**
 * Listens on loopback only, with one port on both address families: a browser that is sent to
 * `localhost` may try either, and must not meet another program on one of them.
 *
 * `preferred` is tried first, then the ports after it; 0 takes any. Throws `HOST_NO_PORT`.
 */
export async function openPort(http: HttpServer, preferred: number): Promise<OpenPort> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = await choosePort({ preferred: preferred === 0 ? [] : [preferred] });
    const open = await tryPort(http, port);
    if (open) return open;
  }
  throw algaError('HOST_NO_PORT', { preferred });
}

async function tryPort(http: HttpServer, port: number): Promise<OpenPort | undefined> {
  if ((await listen(http, port, '127.0.0.1')) !== 'listening') return undefined;
  // Node's HTTP server takes one address; sockets of the other family are handed to it.
  const second = createServer((socket: Socket) => http.emit('connection', socket));
  const state = await listen(second, port, '::1');
  if (state === 'occupied') {
    await closed(http);
    return undefined;
  }
  return {
    port,
    close: async () => {
      await Promise.all([closed(http), state === 'listening' ? closed(second) : undefined]);
    },
  };
}

async function listen(
  server: Server,
  port: number,
  host: string,
): Promise<'listening' | 'occupied' | 'no such address'> {
  server.listen({ port, host, exclusive: true });
  try {
    await once(server, 'listening');
    return 'listening';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE' || code === 'EACCES') return 'occupied';
    if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT' || code === 'EINVAL') return 'no such address';
    throw error;
  }
}

/** Ends listening without waiting for open connections. */
function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if ('closeIdleConnections' in server) (server as HttpServer).closeIdleConnections();
  });
}
