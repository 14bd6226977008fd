import { createHash } from 'node:crypto';
import { decodeImage, encodeImage, type HeapImage } from '../../../../runner/src/published/heap-image.js';
import type { BuildLane } from '../door.js';
import type { ContentCache } from './content-cache.js';

/** What is kept of a build: the image, from which the component is made in no time, or the component. */
export type Built = { readonly image: HeapImage } | { readonly component: Uint8Array };

/** Earlier results by their inputs. Each lane has its own, since their bytes differ. */
export class BuiltCache {
  readonly #files: ContentCache;
  /** Results that are still being written. */
  readonly #pending = new Map<string, { built: Built; written: Promise<void> }>();

  constructor(files: ContentCache) {
    this.#files = files;
  }

  async read(inputsHash: string, lane: BuildLane): Promise<Built | undefined> {
    const key = keyOf(inputsHash, lane);
    const pending = this.#pending.get(key);
    if (pending) return pending.built;
    const file = await this.#files.read(key);
    if (file === undefined) return undefined;
    if (lane === 'official') return { component: file };
    const image = decodeImage(file);
    return image === undefined ? undefined : { image };
  }

  /** Keeps a result. It is written in the background, and found from now on. */
  keep(inputsHash: string, lane: BuildLane, built: Built): void {
    const key = keyOf(inputsHash, lane);
    const parts = 'image' in built ? encodeImage(built.image) : [built.component];
    const written = this.#files.write(key, parts).finally(() => this.#pending.delete(key));
    this.#pending.set(key, { built, written });
  }

  /** Waits until everything is written. */
  async settle(): Promise<void> {
    await Promise.all([...this.#pending.values()].map((entry) => entry.written));
  }
}

function keyOf(inputsHash: string, lane: BuildLane): string {
  return createHash('sha256').update(`${inputsHash} ${lane}`).digest('hex');
}
