import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { ComponentExecutable } from '../executable.js';

/** Header with which a dev server's gateway asks for a live component instead of the bundle's. */
export const LIVE_COMPONENT_HEADER = 'x-alga-live-component';

const KEY = /^[0-9a-f]{64}$/;

/**
 * Components that a dev server on the same machine has just built and not published yet. They lie as
 * `<key>.wasm` in the one folder that the runner's environment names; the key stands for the content,
 * so a component never changes under its key. Without that folder there are none.
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

  /** The component of a key; undefined when the key is none or nothing lies there (any more). */
  async find(key: string | undefined): Promise<ComponentExecutable | undefined> {
    if (this.#folder === undefined || key === undefined || !KEY.test(key)) return undefined;
    const file = join(this.#folder, `${key}.wasm`);
    const there = await access(file).then(
      () => true,
      () => false,
    );
    if (!there) return undefined;
    const maps = this.#sourceMapDir;
    return {
      kind: 'component',
      hash: key,
      file,
      ...(maps === undefined ? {} : { sourceMapFile: join(maps, `${key}.map`) }),
    };
  }
}
