import { createConnection, type Socket } from 'node:net';
import { encodeCommand, RespReader, type RespReply } from './resp.js';

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly database?: string;
}

const CONNECT_MS = 5000;
const REPLY_MS = 5000;

/**
 * Reads a `redis://` or `rediss://` URL. The separate password is used only when the URL carries no
 * credentials of its own. Throws for other URLs, without repeating them: they may hold a password.
 */
export function parseRedisUrl(text: string, password: string | undefined): RedisAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['redis:', 'rediss:'].includes(url.protocol)) {
    throw new Error('RUNNER_DEBUG_REDIS_URL must be a redis:// or rediss:// URL');
  }
  const own = url.username !== '' || url.password !== '';
  const secret = own ? decodeURIComponent(url.password) : password;
  const database = url.pathname.slice(1);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 6379 : Number(url.port),
    tls: url.protocol === 'rediss:',
    ...(url.username !== '' && { username: decodeURIComponent(url.username) }),
    ...(secret !== undefined && secret !== '' && { password: secret }),
    ...(database !== '' && { database }),
  };
}

interface Waiting {
  readonly count: number;
  readonly replies: RespReply[];
  readonly resolve: (replies: RespReply[]) => void;
  readonly reject: (error: Error) => void;
}

/** One connection that sends commands in batches and gives their replies in order. */
export class RedisConnection {
  readonly #socket: Socket;
  readonly #reader = new RespReader();
  #waiting: Waiting | undefined;
  #broken: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => this.#break(error));
    socket.on('close', () => this.#break(new Error('Redis closed the connection')));
    socket.unref();
  }

  /** Connects, signs in and selects the database. */
  static async open(address: RedisAddress): Promise<RedisConnection> {
    const connection = new RedisConnection(await connect(address));
    const { username, password, database } = address;
    const greetings: string[][] = [];
    if (password !== undefined)
      greetings.push(['AUTH', ...(username === undefined ? [] : [username]), password]);
    if (database !== undefined) greetings.push(['SELECT', database]);
    const refused = (await connection.send(greetings)).find((reply) => reply.kind === 'error');
    if (refused === undefined) return connection;
    connection.close();
    throw new Error(`Redis refused the connection: ${refused.kind === 'error' ? refused.message : ''}`);
  }

  get usable(): boolean {
    return this.#broken === undefined;
  }

  /** Sends the commands at once and waits for all replies. One batch at a time. */
  async send(commands: ReadonlyArray<readonly string[]>): Promise<RespReply[]> {
    if (this.#broken !== undefined) throw this.#broken;
    if (commands.length === 0) return [];
    const timer = setTimeout(() => this.#break(new Error('no reply from Redis')), REPLY_MS);
    try {
      return await new Promise<RespReply[]>((resolve, reject) => {
        this.#waiting = { count: commands.length, replies: [], resolve, reject };
        this.#socket.write(commands.map(encodeCommand).join(''));
      });
    } finally {
      clearTimeout(timer);
      this.#waiting = undefined;
    }
  }

  close(): void {
    this.#break(new Error('connection closed'));
  }

  #read(chunk: Buffer): void {
    try {
      this.#waiting?.replies.push(...this.#reader.push(chunk));
    } catch (error) {
      this.#break(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    const waiting = this.#waiting;
    if (waiting !== undefined && waiting.replies.length >= waiting.count) waiting.resolve(waiting.replies);
  }

  #break(error: Error): void {
    this.#broken ??= error;
    this.#socket.destroy();
    this.#waiting?.reject(this.#broken);
  }
}

async function connect(address: RedisAddress): Promise<Socket> {
  const { host, port } = address;
  const socket: Socket = address.tls
    ? (await import('node:tls')).connect({ host, port, servername: host })
    : createConnection({ host, port });
  socket.setNoDelay(true);
  const timer = setTimeout(() => socket.destroy(new Error('no connection to Redis')), CONNECT_MS);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once(address.tls ? 'secureConnect' : 'connect', () => resolve());
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('no connection to Redis')));
    });
    return socket;
  } finally {
    clearTimeout(timer);
  }
}
