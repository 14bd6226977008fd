import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BundleBounds } from '../config.js';
import { decodeSmall, isSmall } from './tar-bytes.js';

/** File name ending of bundles in the live folder; before it stands the SHA-256 in hex. */
const ARCHIVE_ENDING = '.tar.zst';

/**
 * Bundles that a dev server on the same machine leaves in the live folder while it uploads them, so that they
 * are unpacked meanwhile and not downloaded again. What is not exactly the bundle of its name does not count.
 */
export class HandedOverArchives {
  readonly #folder: string;
  readonly #bounds: BundleBounds;

  /** Nothing beyond the `bounds` is taken, as nothing beyond them is downloaded. */
  constructor(folder: string, bounds: BundleBounds) {
    this.#folder = folder;
    this.#bounds = bounds;
  }

  /** The tar of the bundle of a hash; undefined when none was left, or one that has to be taken the long way. */
  async find(hex: string): Promise<Buffer | undefined> {
    const file = join(this.#folder, `${hex}${ARCHIVE_ENDING}`);
    try {
      if ((await stat(file)).size > this.#bounds.maxBytes) return undefined;
      const bytes = await readFile(file);
      const whole = createHash('sha256').update(bytes).digest('hex') === hex;
      if (!whole || !isSmall(bytes)) return undefined;
      return await decodeSmall(bytes, this.#bounds.maxUnpackedBytes);
    } catch {
      return undefined;
    }
  }
}
