import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { textOf } from '../../../core/errors/alga-error.js';

export interface ContentCacheOptions {
  /** Folder of its own; made when needed. */
  readonly dir: string;
  /** Bytes kept; the least recently used entries go first. */
  readonly limitBytes: number;
  /** Called once when the folder cannot be written; everything works on without it. */
  readonly onUnwritable: (reason: string) => void;
}

const ENTRY = /^[0-9a-f]{64}$/;
const TEMPORARY = '.new-';
/** A temporary file this old was left by a process that is gone. */
const ABANDONED_MS = 3_600_000;
const DIGEST_BYTES = 32;

/**
 * Files by the hash of what they were made from. Each ends in the digest of its content, so that a damaged one
 * is seen, removed and made again. Never throws: without a usable folder it just holds nothing.
 */
export class ContentCache {
  readonly #options: ContentCacheOptions;
  #warned = false;

  constructor(options: ContentCacheOptions) {
    this.#options = options;
  }

  /** The bytes kept under a SHA-256 in hex, or undefined. */
  async read(key: string): Promise<Uint8Array | undefined> {
    const path = join(this.#options.dir, key);
    const file = await readFile(path).catch(() => undefined);
    if (file === undefined) return undefined;
    const content = file.subarray(0, Math.max(0, file.length - DIGEST_BYTES));
    if (!digestOf([content]).equals(file.subarray(content.length))) {
      await rm(path, { force: true }).catch(() => undefined);
      return undefined;
    }
    const now = new Date();
    await utimes(path, now, now).catch(() => undefined);
    return content;
  }

  /** Keeps bytes, given in parts, under a key; appears whole or not at all. */
  async write(key: string, parts: readonly Uint8Array[]): Promise<void> {
    const temporary = join(this.#options.dir, `${TEMPORARY}${randomUUID()}`);
    try {
      await mkdir(this.#options.dir, { recursive: true });
      const file = await open(temporary, 'wx');
      try {
        await file.writev([...parts, digestOf(parts)]);
      } finally {
        await file.close();
      }
      await rename(temporary, join(this.#options.dir, key));
      await this.#shrink();
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined);
      if (!this.#warned) this.#options.onUnwritable(textOf(error));
      this.#warned = true;
    }
  }

  /** Removes what is over the limit, and what crashed writers left. */
  async #shrink(): Promise<void> {
    const { dir, limitBytes } = this.#options;
    const found = await Promise.all((await readdir(dir)).map((name) => this.#entry(name)));
    const files = found.filter((file) => file !== undefined);
    for (const file of files) {
      const abandoned = file.name.startsWith(TEMPORARY) && Date.now() - file.usedAt > ABANDONED_MS;
      if (abandoned) await rm(join(dir, file.name), { force: true });
    }
    const entries = files.filter((file) => ENTRY.test(file.name)).sort((a, b) => b.usedAt - a.usedAt);
    let kept = 0;
    for (const [index, entry] of entries.entries()) {
      kept += entry.size;
      // The newest stays even when it alone is over the limit.
      if (kept > limitBytes && index > 0) await rm(join(dir, entry.name), { force: true });
    }
  }

  async #entry(name: string): Promise<{ name: string; size: number; usedAt: number } | undefined> {
    const info = await stat(join(this.#options.dir, name)).catch(() => undefined);
    return info?.isFile() ? { name, size: info.size, usedAt: info.mtimeMs } : undefined;
  }
}

function digestOf(parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
