import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { type ScratchFolder, scratchFolder } from '../support/runner/scratch-folder.js';

const run = promisify(execFile);

export interface RedisPrograms {
  readonly server: string;
  readonly client: string;
}

/** A real redis-server on a port of its own, which can be killed, frozen and started again. */
export class RealRedis {
  readonly port: number;
  readonly #programs: RedisPrograms;
  readonly #folder: ScratchFolder;
  readonly #options: readonly string[];
  readonly #password: string | undefined;
  #child: ChildProcess | undefined;

  private constructor(
    programs: RedisPrograms,
    folder: ScratchFolder,
    port: number,
    options: readonly string[],
    password?: string,
  ) {
    this.#programs = programs;
    this.#folder = folder;
    this.port = port;
    this.#options = options;
    this.#password = password;
  }

  /** `options` go to redis-server as they are; `password` is what its clients need. */
  static async start(
    programs: RedisPrograms,
    options: readonly string[] = [],
    password?: string,
  ): Promise<RealRedis> {
    const folder = await scratchFolder('redis');
    const secured = password === undefined ? options : ['--requirepass', password, ...options];
    const redis = new RealRedis(programs, folder, await freePort(), secured, password);
    await redis.up();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async up(): Promise<void> {
    const own = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder.path];
    const kept = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];
    const child = spawn(this.#programs.server, [...own, ...kept, ...this.#options], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#child = child;
    const said: string[] = [];
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        said.push(line);
        if (line.includes('Ready to accept connections')) resolve();
      });
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`redis-server ended: ${said.join('\n')}`)));
    });
  }

  /** SIGKILL: what it had not written is lost, connections break without a word. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Asks with the redis-cli program. */
  async ask(...command: readonly string[]): Promise<unknown> {
    const access = this.#password === undefined ? [] : ['-a', this.#password, '--no-auth-warning'];
    const args = ['-p', String(this.port), ...access, '--json', ...command];
    return JSON.parse((await run(this.#programs.client, args)).stdout);
  }

  /** The entries of a stream, oldest first: names and values in turn, as they were added. */
  async entries(stream: string): Promise<string[][]> {
    const entries = (await this.ask('XRANGE', stream, '-', '+')) as Array<[string, string[]]>;
    return entries.map(([, fields]) => fields);
  }

  async messages(stream: string): Promise<string[]> {
    const entries = await this.entries(stream);
    return entries.map((fields) => fields[fields.indexOf('message') + 1] ?? '');
  }

  async stop(): Promise<void> {
    await this.kill();
    await this.#folder.remove();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
