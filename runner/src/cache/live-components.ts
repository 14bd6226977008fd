import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Executable } from '../executable.js';
import { IMAGE_ENDING } from '../published/heap-image.js';

/** Header with which a dev server's gateway asks for a live component instead of the bundle's. */
export const LIVE_COMPONENT_HEADER = 'x-alga-live-component';

const KEY = /^[0-9a-f]{64}$/;

/**
 * Handlers that a dev server on the same machine has just built and not published yet. They lie in the one
 * folder that the runner's environment names, as `<key>.image` or `<key>.wasm`; the key stands for the content,
 * so nothing ever changes under its key. Without that folder there are none.
 */
export class LiveComponents {
  readonly #folder: string | undefined;
  readonly #sourceMapDir: string | undefined;

  constructor(folder: string | undefined, sourceMapDir: string | undefined) {
    this.#folder = folder;
    this.#sourceMapDir = sourceMapDir;
  }

  get enabled(): boolean {
    return this.#folder !== undefined;
  }

  /** What lies under a key; undefined when the key is none or nothing does (any more). */
  async find(key: string | undefined): Promise<Executable | undefined> {
    if (this.#folder === undefined || key === undefined || !KEY.test(key)) return undefined;
    const image = join(this.#folder, `${key}${IMAGE_ENDING}`);
    const component = join(this.#folder, `${key}.wasm`);
    const maps = this.#sourceMapDir;
    const common = { hash: key, ...(maps !== undefined && { sourceMapFile: join(maps, `${key}.map`) }) };
    if (await isThere(image)) return { kind: 'image', file: image, ...common };
    return (await isThere(component)) ? { kind: 'component', file: component, ...common } : undefined;
  }
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
