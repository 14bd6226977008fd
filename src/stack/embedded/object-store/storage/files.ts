import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';

/** A received body that lies in a temporary file until it is committed. */
export interface ReceivedFile {
  readonly path: string;
  readonly size: number;
  /** Hex digest, which is the entity tag of a plain object. */
  readonly md5: string;
}

/** Temporary files of one store and the atomic writes made with them. */
export class TemporaryFiles {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Makes the folder, without what an earlier process left in it. */
  async prepare(): Promise<void> {
    await rm(this.#dir, { recursive: true, force: true });
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
  }

  newPath(): string {
    return join(this.#dir, randomBytes(12).toString('hex'));
  }

  /** Writes a body to a new file chunk by chunk. A body that fails leaves no file. */
  async receive(body: AsyncIterable<Buffer>): Promise<ReceivedFile> {
    const path = this.newPath();
    const file = await open(path, 'wx', 0o600);
    const md5 = createHash('md5');
    let size = 0;
    try {
      for await (const chunk of body) {
        md5.update(chunk);
        await writeAll(file, chunk);
        size += chunk.length;
      }
      // On disk before anybody is told that it is stored: rows in a database will point to it.
      await file.datasync();
      await file.close();
      return { path, size, md5: md5.digest('hex') };
    } catch (error) {
      await file.close().catch(() => undefined);
      await rm(path, { force: true });
      throw error;
    }
  }

  /** Replaces a JSON file in one step: readers see the old or the new one. */
  async writeJson(path: string, value: unknown): Promise<void> {
    const temporary = this.newPath();
    await writeFile(temporary, JSON.stringify(value), { flag: 'wx', mode: 0o600, flush: true });
    await rename(temporary, path);
  }
}

async function writeAll(file: Awaited<ReturnType<typeof open>>, chunk: Buffer): Promise<void> {
  for (let offset = 0; offset < chunk.length; ) {
    const { bytesWritten } = await file.write(chunk, offset);
    offset += bytesWritten;
  }
}

/** A JSON file of ours, or undefined when it is missing or damaged (then its object does not exist). */
export async function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** File name part of a key: keys can hold anything, file names cannot. */
export function keyHash(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
