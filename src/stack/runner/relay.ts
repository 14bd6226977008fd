import { connect, type Socket } from 'node:net';

/** A runner process as connections see it. */
export interface RunnerTarget {
  readonly port: number;
  /** Set when it was told to finish: since when, in milliseconds of `performance.now()`. */
  drainingSince: number | undefined;
  /** Set when its process is gone. */
  gone: boolean;
}

/** More than this of one request cannot be sent a second time. */
const MAX_REPLAY_BYTES = 64 * 1024;

/**
 * A draining runner closes idle connections as soon as it hears of it, which takes a busy machine a
 * while; one closed later was not idle.
 */
const IDLE_CLOSE_MS = 5_000;

/**
 * One client connection and the runner it talks to. When a draining runner closes a connection it
 * takes for idle, the client does not hear of it: its next request goes to the next runner, and so
 * does one that was on its way at that moment, which the draining runner closed without reading.
 * A request that is being worked on keeps its connection until it is answered, and that answer says
 * `connection: close`; so nothing is ever worked on twice.
 */
export class Relay {
  readonly #client: Socket;
  readonly #nextTarget: () => Promise<RunnerTarget | undefined>;
  #runner: Socket | undefined;
  #target: RunnerTarget | undefined;
  /** What the client sent since the runner last said something. */
  #unanswered: Buffer[] = [];
  #unansweredBytes = 0;
  /** Whether the last answer announced the end of the connection. */
  #lastAnswer = false;

  constructor(client: Socket, nextTarget: () => Promise<RunnerTarget | undefined>) {
    this.#client = client;
    this.#nextTarget = nextTarget;
    client.setNoDelay(true);
    client.on('error', () => this.destroy());
    client.on('close', () => this.#runner?.destroy());
    client.on('data', (chunk: Buffer) => this.#fromClient(chunk));
    client.on('end', () => this.#runner?.end());
  }

  /** Connects to the current runner, waiting for one if need be, and sends what is unanswered. */
  async connect(): Promise<void> {
    this.#client.pause();
    for (;;) {
      const target = await this.#nextTarget();
      if (target === undefined || this.#client.destroyed) return this.destroy();
      const runner = await open(target.port);
      if (this.#client.destroyed) {
        runner?.destroy();
        return;
      }
      if (runner !== undefined) return this.#adopt(runner, target);
      // Nobody listens there any more, although nobody has said so yet.
      target.gone = true;
    }
  }

  destroy(): void {
    this.#client.destroy();
    this.#runner?.destroy();
  }

  #adopt(runner: Socket, target: RunnerTarget): void {
    this.#runner = runner;
    this.#target = target;
    runner.on('data', (chunk: Buffer) => this.#fromRunner(runner, chunk));
    runner.on('drain', () => this.#client.resume());
    this.#client.removeAllListeners('drain').on('drain', () => runner.resume());
    runner.on('end', () => this.#runnerEnded(runner));
    runner.on('close', () => this.#runnerEnded(runner));
    for (const chunk of this.#unanswered) runner.write(chunk);
    if (this.#client.readableEnded) runner.end();
    this.#client.resume();
  }

  #fromClient(chunk: Buffer): void {
    this.#unansweredBytes += chunk.length;
    if (this.#unansweredBytes <= MAX_REPLAY_BYTES) this.#unanswered.push(chunk);
    if (this.#runner === undefined) {
      // The runner closed while this connection was idle: now there is something to send.
      void this.connect();
    } else if (!this.#runner.write(chunk)) {
      this.#client.pause();
    }
  }

  #fromRunner(runner: Socket, chunk: Buffer): void {
    if (this.#unansweredBytes > 0) this.#lastAnswer = announcesEnd(chunk);
    this.#unanswered = [];
    this.#unansweredBytes = 0;
    if (!this.#client.write(chunk)) runner.pause();
  }

  #runnerEnded(runner: Socket): void {
    if (this.#runner !== runner) return;
    const carriesOn = this.#closedWhileIdle();
    this.#runner = undefined;
    runner.destroy();
    if (!carriesOn || this.#client.readableEnded) {
      this.#client.end();
      this.#client.resume();
    } else if (this.#unanswered.length > 0) {
      void this.connect();
    }
  }

  /** Whether a draining runner closed this connection without having read anything that needs an answer. */
  #closedWhileIdle(): boolean {
    const since = this.#target?.drainingSince;
    if (since === undefined || performance.now() - since > IDLE_CLOSE_MS) return false;
    return !this.#lastAnswer && this.#unansweredBytes <= MAX_REPLAY_BYTES;
  }
}

/** Looks for the header in what begins an answer; bodies that end with their connection always have it. */
function announcesEnd(chunk: Buffer): boolean {
  const end = chunk.indexOf('\r\n\r\n');
  const head = chunk.toString('latin1', 0, end < 0 ? chunk.length : end + 2);
  return /\r\nconnection: *close\r\n/i.test(head);
}

function open(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      // An error is followed by the close that is listened for.
      socket.on('error', () => undefined);
      resolve(socket);
    });
    socket.once('error', () => resolve(undefined));
  });
}
