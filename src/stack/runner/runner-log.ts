import { StringDecoder } from 'node:string_decoder';
import { LogFile } from '../folder/log-file.js';

/** How many of the last lines are kept for the message about a crash. */
const TAIL_LINES = 5;
const MAX_LINE_CHARS = 8_192;

/** Shorter ones are no secrets, and blacking them out would make the log unreadable. */
const MIN_SECRET_CHARS = 8;

/** The output of one runner process. */
export interface ProcessOutput {
  /** A place to write one output stream to, chunk by chunk. */
  writer(): (chunk: Buffer) => void;
  /** Its last lines, newest last. */
  tail(): string;
}

/** The output of all of a session's runner processes: one bounded file, and each one's last lines. */
export class RunnerLog {
  readonly #file: LogFile | undefined;
  readonly #secrets: readonly string[];

  /** Without a path nothing is written. `secrets` are blacked out wherever they turn up. */
  constructor(path: string | undefined, secrets: readonly string[]) {
    this.#file = path === undefined ? undefined : new LogFile(path, { stamped: false });
    this.#secrets = secrets.filter((secret) => secret.length >= MIN_SECRET_CHARS);
  }

  /** Adds a line of the supervisor's own. */
  note(text: string): void {
    this.#file?.line(text);
  }

  /** Begins the output of a new process. */
  forProcess(): ProcessOutput {
    let tail: string[] = [];
    const line = (text: string): void => {
      if (text.trim() === '') return;
      const safe = this.#secrets.reduce((known, secret) => known.replaceAll(secret, '***'), text);
      this.#file?.line(safe);
      tail = [...tail, safe].slice(-TAIL_LINES);
    };
    return { writer: () => lineWriter(line), tail: () => tail.join('\n') };
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}

function lineWriter(onLine: (text: string) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return (chunk) => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE_CHARS) {
      lines.push(rest);
      rest = '';
    }
    for (const line of lines) onLine(line);
  };
}
