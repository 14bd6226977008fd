import { API, type Project, type Snapshot } from 'typescript/unstable/sync';

/** Files of a program that have changed on the disk, as absolute paths. */
export interface FileChanges {
  readonly changed: readonly string[];
  readonly created: readonly string[];
  readonly deleted: readonly string[];
}

/**
 * The native TypeScript compiler: a process of its own that keeps the programs of the configurations it
 * was shown, and ends with this one. Every call waits for its answer, and throws when that process is gone.
 */
export class NativeCompiler {
  readonly #api = new API();
  #snapshot: Snapshot | undefined;

  /** The modules that a configuration names, as absolute paths. */
  fileNames(configPath: string): string[] {
    return [...this.#api.parseConfigFile(configPath).fileNames];
  }

  /**
   * Loads these configurations with everything they are made of, whatever of it was loaded before.
   * `settings` are the files that they take settings from.
   */
  open(configPaths: readonly string[], settings: readonly string[]): void {
    const open = this.#snapshot?.getProjects().map((project) => project.configFileName) ?? [];
    const added = configPaths.filter((path) => !open.includes(path));
    if (added.length > 0) this.#update({ openProjects: added });
    this.#update({ fileChanges: { invalidateAll: true } });
    // That is not said of configurations, whose settings are kept by file.
    this.update({ changed: [...configPaths, ...settings] });
  }

  /** Takes over what has changed in files. */
  update({ changed = [], created = [], deleted = [] }: Partial<FileChanges>): void {
    this.#update({ fileChanges: { changed: [...changed], created: [...created], deleted: [...deleted] } });
  }

  /** The newest program of an open configuration; undefined when it could not be loaded. */
  project(configPath: string): Project | undefined {
    return this.#snapshot?.getProject(configPath);
  }

  #update(change: Parameters<API['updateSnapshot']>[0]): void {
    const before = this.#snapshot;
    this.#snapshot = this.#api.updateSnapshot(change);
    before?.dispose();
  }
}
