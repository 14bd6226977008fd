import { connect, createServer } from 'node:net';

const LOOPBACKS = ['127.0.0.1', '::1'] as const;

/**
 * True when nothing on this machine holds the TCP port on either loopback address. Both families are
 * looked at, because a stranger on `[::1]:port` would get half of the requests meant for
 * `localhost:port`. The port is free again when this returns: binding it can still fail.
 */
export async function isPortFree(port: number): Promise<boolean> {
  for (const host of LOOPBACKS) {
    if (await answers(host, port)) return false;
    if (!(await canBind(host, port))) return false;
  }
  return true;
}

export interface PortWish {
  /** Tried first, in this order (a remembered port, then the product's own); 0 stands for any port. */
  readonly preferred: readonly number[];
  /** Ports already promised to somebody else in this process. */
  readonly taken?: ReadonlySet<number>;
  /** How many ports after the last preferred one are tried before the system picks any. */
  readonly span?: number;
}

/** A free loopback port: a preferred one, else the next after the last of them, else any. */
export async function choosePort(wish: PortWish): Promise<number> {
  const last = wish.preferred.filter((port) => port > 0).at(-1);
  const following = last === undefined ? [] : Array.from({ length: wish.span ?? 50 }, (_, i) => last + 1 + i);
  for (const port of [...wish.preferred, ...following]) {
    if (port < 1 || port > 65_535 || wish.taken?.has(port)) continue;
    if (await isPortFree(port)) return port;
  }
  return anyFreePort(wish.taken);
}

/** A port the system says is free now, on both loopback addresses, and that nobody was promised. */
export async function anyFreePort(taken: ReadonlySet<number> = new Set()): Promise<number> {
  for (;;) {
    const port = await systemPort();
    if (!taken.has(port) && (await isPortFree(port))) return port;
  }
}

function systemPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0, exclusive: true }, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** A machine without IPv6 cannot have a listener there: that family then counts as free. */
function canBind(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT');
    });
    server.listen({ host, port, exclusive: true, ipv6Only: host === '::1' }, () => {
      server.close(() => resolve(true));
    });
  });
}

/** Some systems let a second socket bind next to a wildcard listener; asking for an answer finds it. */
function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (result: boolean): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(200, () => finish(false));
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}
