import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { packageRoot } from '../../../src/core/entry.js';

export interface RunnerProcessOptions {
  readonly env: Readonly<Record<string, string>>;
  /** Options of its Node. */
  readonly execArgv?: readonly string[];
}

/** The real program of the runner, in a process of its own. */
export class RunnerProcess {
  readonly url: string;
  readonly port: number;
  /** From its start until it said it was ready. */
  readonly readyMs: number;
  readonly child: ChildProcess;
  readonly #output: () => string;

  private constructor(child: ChildProcess, port: number, readyMs: number, output: () => string) {
    this.child = child;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.readyMs = readyMs;
    this.#output = output;
  }

  /** Starts it and waits until it is ready; throws with its output when it ends before. */
  static async start({ env, execArgv }: RunnerProcessOptions): Promise<RunnerProcess> {
    const { child, output } = spawnRunner(env, execArgv);
    const began = performance.now();
    const port = await new Promise<number>((resolve, reject) => {
      child.once('message', (message: { type: string; port: number }) => resolve(message.port));
      child.once('exit', (code) => reject(new Error(`runner ended with ${code}: ${output()}`)));
    });
    return new RunnerProcess(child, port, performance.now() - began, output);
  }

  /** What it wrote to both outputs. */
  get output(): string {
    return this.#output();
  }

  /** Asks it to end, and waits; gives the exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    await ended;
    return this.child.exitCode;
  }
}

/** Starts the program without waiting for it. */
export function spawnRunner(
  env: Readonly<Record<string, string>>,
  execArgv: readonly string[] = [],
): {
  child: ChildProcess;
  output: () => string;
} {
  const child = fork(join(packageRoot(), 'dist/runner/src/main.js'), [], {
    env: {
      PATH: process.env.PATH ?? '',
      PORT: '0',
      RUNNER_HOST: '127.0.0.1',
      RUNNER_PARENT_IPC: '1',
      ...env,
    },
    execArgv: [...execArgv],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => chunks.push(chunk));
  }
  return { child, output: () => chunks.join('') };
}
