import { type ChildProcess, spawn } from 'node:child_process';
import { entryPath } from '../../core/entry.js';
import { within } from '../../core/process.js';

/**
 * The other end of the watchdog process. Orders wait in the pipe until it has come up, so what is
 * told here is safe from the moment of the call.
 */
export class Watchdog {
  readonly #owned = new Set<number>();
  #child: ChildProcess | undefined;
  #stopping = false;

  start(): void {
    const child = spawn(process.execPath, [entryPath(import.meta.url, './watchdog-main.js')], {
      cwd: '/',
      detached: true,
      windowsHide: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { PATH: process.env.PATH, SystemRoot: process.env.SystemRoot },
    });
    this.#child = child;
    child.stdin?.on('error', () => undefined);
    child.once('error', () => undefined);
    // Somebody ended it: without a watchdog a killed supervisor would leave its services behind.
    child.once('exit', () => {
      if (!this.#stopping) this.start();
    });
    for (const pid of this.#owned) this.#send(`+${pid}`);
  }

  own(pid: number): void {
    this.#owned.add(pid);
    this.#send(`+${pid}`);
  }

  disown(pid: number): void {
    if (this.#owned.delete(pid)) this.#send(`-${pid}`);
  }

  /** Ends the watchdog, which stops whatever is still owned. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.stdin?.end();
    if ((await within(exited, 5_500).then(() => child.exitCode)) === null) child.kill('SIGKILL');
  }

  #send(order: string): void {
    const input = this.#child?.stdin;
    if (input?.writable) input.write(`${order}\n`);
  }
}
