import { join } from 'node:path';
import { diskPath, type FileFacts, type FileTable } from './unpack.js';

/** Path of the component in every bundle; nothing in a bundle can name another one. */
const COMPONENT_NAME = 'dist/main.wasm';
const SOURCE_MAP_NAME = 'dist/main.wasm.map';

/** A file of a bundle, and its absolute path. */
export type UnpackedFile = FileFacts & { readonly path: string };

/** An unpacked bundle. Only files of its table exist for the rest of the runner. */
export class StoredBundle {
  readonly hex: string;
  readonly files: FileTable;
  /** Sum of the file sizes. */
  readonly bytes: number;
  readonly #dir: string;

  constructor(hex: string, dir: string, files: FileTable) {
    this.hex = hex;
    this.files = files;
    this.#dir = dir;
    this.bytes = [...files.values()].reduce((sum, facts) => sum + facts.size, 0);
  }

  /** The component, and where it lies; undefined for a bundle without a handler. */
  get component(): UnpackedFile | undefined {
    return this.#file(COMPONENT_NAME);
  }

  /** Absolute path of the source map beside the component. */
  get sourceMapFile(): string | undefined {
    return this.#file(SOURCE_MAP_NAME)?.path;
  }

  /** A file of the UI by its path below `ui/`, and where it lies. */
  uiFile(path: string): UnpackedFile | undefined {
    return this.#file(`ui/${path}`);
  }

  #file(name: string): UnpackedFile | undefined {
    const facts = this.files.get(name);
    return facts && { ...facts, path: this.#absolute(name) };
  }

  #absolute(name: string): string {
    return join(this.#dir, diskPath(name));
  }
}
