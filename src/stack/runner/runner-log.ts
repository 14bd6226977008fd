import { StringDecoder } from 'node:string_decoder';
import { LogFile } from '../folder/log-file.js';

/** How many of the last lines are kept for the message about a crash. */
const TAIL_LINES = 5;
const MAX_LINE_CHARS = 8_192;

/** The output of runner processes: written to a bounded file, its last lines remembered. */
export class RunnerLog {
  readonly #file: LogFile | undefined;
  readonly #secrets: readonly string[];
  #tail: string[] = [];

  /** Without a path nothing is written. `secrets` are blacked out wherever they turn up. */
  constructor(path: string | undefined, secrets: readonly string[]) {
    this.#file = path === undefined ? undefined : new LogFile(path, { stamped: false });
    this.#secrets = secrets.filter((secret) => secret !== '');
  }

  /** Gives a place to write one output stream of a process to, chunk by chunk. */
  writer(): (chunk: Buffer) => void {
    const decoder = new StringDecoder('utf8');
    let rest = '';
    return (chunk) => {
      const lines = (rest + decoder.write(chunk)).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > MAX_LINE_CHARS) {
        lines.push(rest);
        rest = '';
      }
      for (const line of lines) this.#line(line);
    };
  }

  /** The last lines of output, newest last. */
  tail(): string {
    return this.#tail.join('\n');
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  #line(text: string): void {
    if (text.trim() === '') return;
    const safe = this.#secrets.reduce((line, secret) => line.replaceAll(secret, '***'), text);
    this.#file?.line(safe);
    this.#tail = [...this.#tail, safe].slice(-TAIL_LINES);
  }
}
