import { connect, createServer, type Server, type Socket } from 'node:net';

/** A way to a server that can be told to fail. */
export interface FaultyWay {
  readonly endpoint: string;
  /** The next connections are reset as soon as they send something. */
  reset(connections: number): void;
  /** Connections stay open and nothing passes any more. */
  freeze(): void;
  /** Number of connections that passed. */
  passed(): number;
  close(): Promise<void>;
}

export async function faultyWay(to: string): Promise<FaultyWay> {
  const target = new URL(to);
  const sockets = new Set<Socket>();
  let resets = 0;
  let frozen = false;
  let passed = 0;
  const server: Server = createServer((client) => {
    sockets.add(client);
    client.on('error', () => undefined);
    client.on('close', () => sockets.delete(client));
    if (frozen) return;
    if (resets > 0) {
      resets -= 1;
      client.once('data', () => client.resetAndDestroy());
      return;
    }
    passed += 1;
    const upstream = connect(Number(target.port), target.hostname);
    sockets.add(upstream);
    upstream.on('error', () => client.destroy());
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    reset: (connections) => {
      resets = connections;
    },
    freeze: () => {
      frozen = true;
      for (const socket of sockets) socket.unpipe();
    },
    passed: () => passed,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
