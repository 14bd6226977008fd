import { join } from 'node:path';
import { diskPath, type FileFacts, type FileTable } from './unpack.js';

/** Path of the component in every bundle; nothing in a bundle can name another one. */
const COMPONENT_NAME = 'dist/main.wasm';
const SOURCE_MAP_NAME = 'dist/main.wasm.map';

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

  /** Absolute path of the component; undefined for a bundle without a handler. */
  get componentFile(): string | undefined {
    return this.#existing(COMPONENT_NAME);
  }

  /** Absolute path of the source map beside the component. */
  get sourceMapFile(): string | undefined {
    return this.#existing(SOURCE_MAP_NAME);
  }

  /** A file of the UI by its path below `ui/`, and where it lies. */
  uiFile(path: string): (FileFacts & { readonly path: string }) | undefined {
    const name = `ui/${path}`;
    const facts = this.files.get(name);
    return facts && { ...facts, path: this.#absolute(name) };
  }

  #existing(name: string): string | undefined {
    return this.files.has(name) ? this.#absolute(name) : undefined;
  }

  #absolute(name: string): string {
    return join(this.#dir, diskPath(name));
  }
}
