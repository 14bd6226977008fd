import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Uploads that wait to be finalized; the oldest goes when there are more. */
const MOST_STAGED = 8;

const KEY = /^sha256\/_staging\/([0-9a-f-]{36})\/bundle\.tar\.zst$/;

/** More bytes came than were announced. */
export class TooManyBytes extends Error {}

/** Uploaded bundles that nothing was made of yet: files of a private folder that ends with the host. */
export class StagedBundles {
  readonly #ids: string[] = [];
  #folder: Promise<string> | undefined;

  /** Keeps `size` bytes of a body; gives the key. Throws {@link TooManyBytes} for more. */
  async keep(body: Readable, size: number): Promise<{ key: string; size: number }> {
    const id = randomUUID();
    const file = await this.#fileOf(id);
    let taken = 0;
    try {
      await pipeline(
        body,
        async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            taken += chunk.length;
            if (taken > size) throw new TooManyBytes();
            yield chunk;
          }
        },
        createWriteStream(file, { flags: 'wx', mode: 0o600 }),
      );
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    }
    this.#ids.push(id);
    for (const old of this.#ids.splice(0, Math.max(0, this.#ids.length - MOST_STAGED))) {
      await rm(await this.#fileOf(old), { force: true });
    }
    return { key: `sha256/_staging/${id}/bundle.tar.zst`, size: taken };
  }

  /** The bytes of a key; undefined when nothing is there. */
  async read(key: string): Promise<Buffer | undefined> {
    const id = KEY.exec(key)?.[1];
    return id !== undefined && this.#ids.includes(id) ? readFile(await this.#fileOf(id)) : undefined;
  }

  async remove(key: string): Promise<void> {
    const index = this.#ids.indexOf(KEY.exec(key)?.[1] ?? '');
    const [id] = index === -1 ? [] : this.#ids.splice(index, 1);
    if (id !== undefined) await rm(await this.#fileOf(id), { force: true });
  }

  /** Removes everything. */
  async clear(): Promise<void> {
    const folder = await this.#folder;
    this.#ids.length = 0;
    this.#folder = undefined;
    if (folder) await rm(folder, { recursive: true, force: true });
  }

  async #fileOf(id: string): Promise<string> {
    this.#folder ??= mkdtemp(join(tmpdir(), 'alga-staged-'));
    return join(await this.#folder, id);
  }
}
