import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

const MAX_BYTES = 5_000_000;
const MAX_WAITING_BYTES = 1_000_000;

/**
 * A log of lines that never grows without bound: past 5 MB it is set aside as `<file>.1`, in place of
 * the one set aside before. Lines that come faster than the disk takes them are dropped and counted.
 * A disk that fails silences the log, not the program.
 */
export class LogFile {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #stamped: boolean;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  #file: FileHandle | undefined;
  #size = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, options: { maxBytes?: number; stamped?: boolean } = {}) {
    this.#path = path;
    this.#maxBytes = options.maxBytes ?? MAX_BYTES;
    this.#stamped = options.stamped ?? true;
  }

  /** Adds a line, with the time before it unless its writer puts it in. */
  line(text: string): void {
    const entry = this.#stamped ? `${new Date().toISOString()} ${text}\n` : `${text}\n`;
    if (this.#waitingBytes + entry.length > MAX_WAITING_BYTES) {
      this.#dropped++;
      return;
    }
    this.#waitingBytes += entry.length;
    if (this.#waiting.push(entry) === 1) this.#writing = this.#writing.then(() => this.#flush());
  }

  /** Writes what is waiting and closes the file. */
  async close(): Promise<void> {
    await this.#writing;
    await this.#file?.close().catch(() => undefined);
    this.#file = undefined;
  }

  async #flush(): Promise<void> {
    if (this.#dropped > 0) this.#waiting.push(`(${this.#dropped} lines dropped)\n`);
    const text = this.#waiting.join('');
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#dropped = 0;
    try {
      const file = await this.#opened();
      await file.appendFile(text);
      this.#size += Buffer.byteLength(text);
    } catch {
      // Nowhere to report it: this is the log.
    }
  }

  async #opened(): Promise<FileHandle> {
    if (this.#file !== undefined && this.#size < this.#maxBytes) return this.#file;
    if (this.#file === undefined) await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
    const full = this.#file;
    this.#file = undefined;
    await full?.close();
    const file = await open(this.#path, 'a', 0o600);
    this.#size = (await file.stat()).size;
    this.#file = file;
    if (this.#size < this.#maxBytes) return file;
    this.#file = undefined;
    await file.close();
    await rename(this.#path, `${this.#path}.1`);
    return this.#opened();
  }
}
