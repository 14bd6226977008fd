import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A log that grew past this is set aside when the next runner starts. */
const MAX_LOG_BYTES = 5_000_000;

/** How many of the last lines are kept for the message about a crash. */
const TAIL_LINES = 5;

/** The output of runner processes: written to a file, its last lines remembered. */
export class RunnerLog {
  readonly #file: WriteStream | undefined;
  #tail: string[] = [];

  private constructor(file: WriteStream | undefined) {
    this.#file = file;
  }

  /** Opens the log file, setting an overgrown one aside as `<file>.1`. Without a path nothing is written. */
  static async open(path: string | undefined): Promise<RunnerLog> {
    if (path === undefined) return new RunnerLog(undefined);
    await mkdir(dirname(path), { recursive: true });
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    );
    if (size > MAX_LOG_BYTES) await rename(path, `${path}.1`);
    const file = createWriteStream(path, { flags: 'a' });
    // A full disk must not end the session; the runner works without its log.
    file.on('error', () => undefined);
    return new RunnerLog(file);
  }

  write(chunk: Buffer): void {
    this.#file?.write(chunk);
    const lines = chunk
      .toString('utf8')
      .split('\n')
      .filter((line) => line.trim() !== '');
    this.#tail = [...this.#tail, ...lines].slice(-TAIL_LINES);
  }

  /** The last lines of output, newest last. */
  tail(): string {
    return this.#tail.join('\n');
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => (this.#file ? this.#file.end(() => resolve()) : resolve()));
  }
}
