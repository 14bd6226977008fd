import { createHash } from 'node:crypto';
import type { BuildLane } from '../door.js';
import { decodeImage, encodeImage, type HeapImage } from '../evaluation/heap-image.js';
import type { ContentCache } from './content-cache.js';

/** What is kept of a build: the image, from which the component is made in no time, or the component. */
export type Built = { readonly image: HeapImage } | { readonly component: Uint8Array };

/** Earlier results by their inputs. Each lane has its own, since their bytes differ. */
export class BuiltCache {
  readonly #files: ContentCache;

  constructor(files: ContentCache) {
    this.#files = files;
  }

  async read(inputsHash: string, lane: BuildLane): Promise<Built | undefined> {
    const file = await this.#files.read(keyOf(inputsHash, lane));
    if (file === undefined) return undefined;
    if (lane === 'official') return { component: file };
    const image = decodeImage(file);
    return image === undefined ? undefined : { image };
  }

  async write(inputsHash: string, lane: BuildLane, built: Built): Promise<void> {
    const parts = 'image' in built ? encodeImage(built.image) : [built.component];
    await this.#files.write(keyOf(inputsHash, lane), parts);
  }
}

function keyOf(inputsHash: string, lane: BuildLane): string {
  return createHash('sha256').update(`${inputsHash} ${lane}`).digest('hex');
}
