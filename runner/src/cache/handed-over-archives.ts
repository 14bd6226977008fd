import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isSmall } from './tar-bytes.js';

/** File name ending of bundles in the live folder; before it stands the SHA-256 in hex. */
const ARCHIVE_ENDING = '.tar.zst';

/**
 * Bundles that a dev server on the same machine leaves in the live folder while it uploads them, so that they
 * are unpacked meanwhile and not downloaded again. What is not exactly the bundle of its name does not count.
 */
export class HandedOverArchives {
  readonly #folder: string;
  readonly #maxBytes: number;

  /** `maxBytes`: nothing larger is taken, as nothing larger is downloaded. */
  constructor(folder: string, maxBytes: number) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
  }

  /** The bundle of a hash; undefined when none was left, or one that has to be taken the long way. */
  async find(hex: string): Promise<Buffer | undefined> {
    const file = join(this.#folder, `${hex}${ARCHIVE_ENDING}`);
    try {
      if ((await stat(file)).size > this.#maxBytes) return undefined;
      const bytes = await readFile(file);
      const whole = createHash('sha256').update(bytes).digest('hex') === hex;
      return whole && isSmall(bytes) ? bytes : undefined;
    } catch {
      return undefined;
    }
  }
}
