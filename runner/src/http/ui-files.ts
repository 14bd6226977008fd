import { createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { FileFacts } from '../cache/unpack.js';
import { BoundedMap } from '../net/bounded-map.js';

/** A file of a leased bundle. */
export interface UiFile extends FileFacts {
  /** Absolute. */
  readonly path: string;
}

const MAX_CACHED_FILE = 1024 * 1024;

/** Reads UI files; small ones stay in memory, by content, within a bound of bytes. */
export class UiFiles {
  readonly #cached: BoundedMap<string, Buffer>;

  constructor(maxBytes: number) {
    const weigh = (bytes: Buffer): number => bytes.length + 256;
    this.#cached = new BoundedMap({ maxEntries: 100_000, maxWeight: maxBytes, weigh });
  }

  /** Bytes held in memory. */
  get cachedBytes(): number {
    return this.#cached.weight;
  }

  /**
   * Gives what sends the file's body once the headers are out. The file is opened here, so that one
   * that is not there, or not whole, fails before anything was sent.
   */
  async prepare(file: UiFile): Promise<(response: ServerResponse) => Promise<void>> {
    const cached = this.#cached.get(file.sha256);
    if (cached !== undefined) return (response) => end(response, cached);
    if (file.size <= MAX_CACHED_FILE) {
      const bytes = await readFile(file.path);
      requireSize(file, bytes.length);
      this.#cached.set(file.sha256, bytes);
      return (response) => end(response, bytes);
    }
    const handle = await open(file.path);
    try {
      requireSize(file, (await handle.stat()).size);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return (response) => pipeline(createReadStream('', { fd: handle }), response);
  }
}

/** What was cut short on disk would leave its reader waiting for the rest that the headers promise. */
function requireSize({ path, size }: UiFile, found: number): void {
  if (found !== size) throw new Error(`${path} has ${found} bytes, not the ${size} of the bundle`);
}

function end(response: ServerResponse, bytes: Buffer): Promise<void> {
  response.end(bytes);
  return Promise.resolve();
}
