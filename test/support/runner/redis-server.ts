import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';

/** Takes Redis commands over TCP, records them and answers as Redis would to AUTH, SELECT and XADD. */
export class RedisServer {
  readonly commands: string[][] = [];
  readonly #sockets = new Set<Socket>();
  readonly #password: string | undefined;
  #server: Server | undefined;

  constructor(password?: string) {
    this.#password = password;
  }

  /** Listens; on the same port again after `stop`. */
  async start(port = 0): Promise<number> {
    const server = createServer((socket) => this.#serve(socket));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  /** The entries of a stream, as field maps. */
  entries(stream: string): Array<Record<string, string>> {
    return this.commands
      .filter(([name, key]) => name === 'XADD' && key === stream)
      .map((command) => {
        const fields = command.slice(6);
        const pairs = fields.flatMap((field, at) => (at % 2 === 0 ? [[field, fields[at + 1] ?? '']] : []));
        return Object.fromEntries(pairs) as Record<string, string>;
      });
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server?.close(() => resolve()));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    let pending = '';
    let signedIn = this.#password === undefined;
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.setEncoding('utf8').on('data', (text: string) => {
      pending += text;
      for (let command = take(); command !== undefined; command = take()) {
        this.commands.push(command);
        signedIn ||= command[0] === 'AUTH' && command.at(-1) === this.#password;
        if (!signedIn) socket.write('-NOAUTH Authentication required.\r\n');
        else socket.write(command[0] === 'XADD' ? '$3\r\n1-0\r\n' : '+OK\r\n');
      }
    });
    // Byte lengths are not needed here: the parts are told apart by their line ends.
    const take = (): string[] | undefined => {
      const count = Number(/^\*(\d+)\r\n/.exec(pending)?.[1] ?? Number.NaN);
      const lines = pending.split('\r\n');
      if (Number.isNaN(count) || lines.length < 1 + 2 * count + 1) return undefined;
      pending = lines.slice(1 + 2 * count).join('\r\n');
      return Array.from({ length: count }, (_, at) => lines[2 + 2 * at] ?? '');
    };
  }
}
