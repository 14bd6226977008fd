import { existsSync, statSync } from 'node:fs';
import type { DevEnvironment, EnvironmentModuleNode, HotUpdateOptions } from 'vite';
import type { UiFailure } from '../failure.js';
import { failureOf } from '../vite-failure.js';

export interface ChangeListener {
  onFailure(failure: UiFailure): void;
  onRecovered(): void;
}

/** A module that does not transform. */
interface Broken {
  readonly text: string;
  /** Whether another module imported it: once none does, it does not matter any more. */
  readonly imported: boolean;
}

/**
 * Transforms what a change touches before the pages hear of it. A change that does not transform is not sent
 * at all: the pages go on with the last good code, and their state stays. Errors that a page meets first come
 * in through `note`.
 */
export class ChangeCheck {
  readonly #cwd: string;
  readonly #listener: ChangeListener;
  /** By file; the empty name stands for failures without one. */
  readonly #broken = new Map<string, Broken>();
  #told = false;

  constructor(cwd: string, listener: ChangeListener) {
    this.#cwd = cwd;
    this.#listener = listener;
  }

  /**
   * Gives the modules to send to the pages, or undefined when the change is broken.
   * Modules that were broken before and are whole now are among them.
   */
  async modulesToSend(
    environment: DevEnvironment,
    change: Pick<HotUpdateOptions, 'type' | 'modules'>,
  ): Promise<EnvironmentModuleNode[] | undefined> {
    this.#broken.delete('');
    let whole = true;
    for (const module of affected(environment, change)) {
      whole = (await this.#transforms(environment, module)) && whole;
    }
    const mended = await this.#lookAgain(environment, change.modules);
    if (this.#told && this.#broken.size === 0) {
      this.#told = false;
      this.#listener.onRecovered();
    }
    return whole ? [...change.modules, ...mended] : undefined;
  }

  /** A transform failed: report it, once for each save of the file. */
  note(environment: DevEnvironment, error: unknown): void {
    const failure = failureOf(error, this.#cwd);
    const file = failure.file ?? '';
    const text = `${JSON.stringify(failure)} ${statSync(file, { throwIfNoEntry: false })?.mtimeMs}`;
    if (this.#broken.get(file)?.text === text) return;
    this.#broken.set(file, { text, imported: isImported(environment, file) });
    this.#told = true;
    this.#listener.onFailure(failure);
  }

  async #transforms(environment: DevEnvironment, module: EnvironmentModuleNode): Promise<boolean> {
    const file = module.file ?? '';
    try {
      await environment.transformRequest(module.url);
      this.#broken.delete(file);
      return true;
    } catch (error) {
      if (isPassing(error)) return true;
      this.note(environment, error);
      return false;
    }
  }

  /** Tries again what was broken before; another change may have mended it, or made it needless. */
  async #lookAgain(
    environment: DevEnvironment,
    done: readonly EnvironmentModuleNode[],
  ): Promise<EnvironmentModuleNode[]> {
    const mended: EnvironmentModuleNode[] = [];
    for (const [file, { imported }] of [...this.#broken]) {
      const gone = !existsSync(file) || (imported && !isImported(environment, file));
      if (gone) this.#broken.delete(file);
      const modules = [...(environment.moduleGraph.getModulesByFile(file) ?? [])];
      for (const module of gone ? [] : modules.filter((candidate) => !done.includes(candidate))) {
        if (await this.#transforms(environment, module)) mended.push(module);
      }
    }
    return mended;
  }
}

/**
 * The modules whose code a change makes anew. A file that is only a part of others (an imported style sheet)
 * and one that is gone show in the modules that use them.
 */
function affected(
  environment: DevEnvironment,
  { type, modules }: Pick<HotUpdateOptions, 'type' | 'modules'>,
): Set<EnvironmentModuleNode> {
  const found = new Set<EnvironmentModuleNode>();
  for (const module of modules) {
    if (module.id !== null && type !== 'delete') {
      found.add(module);
      continue;
    }
    for (const importer of module.importers) {
      if (importer.id === null) continue;
      environment.moduleGraph.invalidateModule(importer);
      found.add(importer);
    }
  }
  return found;
}

function isImported(environment: DevEnvironment, file: string): boolean {
  const modules = [...(environment.moduleGraph.getModulesByFile(file) ?? [])];
  return modules.some((module) => module.importers.size > 0);
}

/** Failures of the moment, not of the author's code: the optimizer or the server is being replaced. */
function isPassing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ERR_OUTDATED_OPTIMIZED_DEP' || code === 'ERR_CLOSED_SERVER';
}
