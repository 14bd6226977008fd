import { createServer, isIP, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { algaError, textOf } from '../../core/errors/alga-error.js';

/** An address beyond loopback at which the host is reached: one port for pages, another for frames. */
export interface WideName {
  readonly page: string;
  readonly frame: string;
}

/** What listens beyond loopback. */
export interface WideListeners {
  readonly names: readonly WideName[];
  /** Stops listening; connections that are open stay open. */
  close(): Promise<void>;
}

/** Addresses that stand for all of the machine's. */
const ALL = new Set(['0.0.0.0', '::']);

/**
 * Listens on addresses beyond loopback: the one that is named, or all of the machine's. Loopback
 * itself is never taken here, so that its own listeners stay the only ones without a token.
 * `onSocket` gets every connection. Throws `HOST_ADDRESS_UNUSABLE`.
 */
export async function openWideListeners(options: {
  readonly address: string;
  /** Port of the pages, as on loopback. */
  readonly port: number;
  readonly onSocket: (socket: Socket) => void;
}): Promise<WideListeners> {
  const { address, port, onSocket } = options;
  const servers: Server[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  };
  const names: WideName[] = [];
  try {
    for (const own of addressesOf(address)) {
      const page = await listen(own, port, onSocket);
      servers.push(page);
      const frame = await listen(own, 0, onSocket);
      servers.push(frame);
      names.push({ page: nameOf(own, page), frame: nameOf(own, frame) });
    }
  } catch (cause) {
    await close();
    throw algaError('HOST_ADDRESS_UNUSABLE', { address, detail: textOf(cause) }, { cause });
  }
  return { names, close };
}

function addressesOf(address: string): string[] {
  if (isIP(address) === 0) throw new Error('it is not an IP address of this machine');
  if (!ALL.has(address)) return [address];
  const found = Object.values(networkInterfaces()).flatMap((infos) => infos ?? []);
  // Link-local addresses of IPv6 need a zone, which no browser takes.
  const usable = found.filter((info) => !info.internal && !info.address.toLowerCase().startsWith('fe80'));
  const wanted = usable.filter((info) => address === '::' || info.family === 'IPv4');
  if (wanted.length === 0) throw new Error('this machine has no address beyond loopback');
  return wanted.map((info) => info.address);
}

function listen(host: string, port: number, onSocket: (socket: Socket) => void): Promise<Server> {
  const server = createServer(onSocket);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => resolve(server));
  });
}

function nameOf(address: string, server: Server): string {
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return `${isIP(address) === 6 ? `[${address}]` : address}:${port}`;
}
