import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import type { DevEnvironment, EnvironmentModuleNode, HotUpdateOptions } from 'vite';
import type { UiFailure } from '../failure.js';
import { failureOf } from '../vite-failure.js';
import { versionOf } from './late-writes.js';

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
  /** By file, what was sent last: which version of it, and what that became. */
  readonly #sent = new Map<string, string>();
  #told = false;

  constructor(cwd: string, listener: ChangeListener) {
    this.#cwd = cwd;
    this.#listener = listener;
  }

  /**
   * Gives the modules to send to the pages, or undefined when the change is broken.
   * Modules that were broken before and are whole now are among them. None for a save that is told of again
   * (see `followLateWrites`), when the pages have what it became: they would show it twice.
   */
  async modulesToSend(
    environment: DevEnvironment,
    change: Pick<HotUpdateOptions, 'type' | 'file' | 'modules'>,
  ): Promise<EnvironmentModuleNode[] | undefined> {
    this.#broken.delete('');
    // Before it is read: what is written from here on is another version.
    const version = versionOf(change.file);
    const became: (string | undefined)[] = [];
    for (const module of affected(environment, change)) {
      became.push(await this.#transform(environment, module));
    }
    const whole = !became.includes(undefined);
    const mended = await this.#lookAgain(environment, change.modules);
    if (this.#told && this.#broken.size === 0) {
      this.#told = false;
      this.#listener.onRecovered();
    }
    if (!whole) {
      this.#sent.delete(change.file);
      return undefined;
    }
    const again = this.#isSent(change, [version, ...became]);
    return again && mended.length === 0 ? [] : [...change.modules, ...mended];
  }

  /** Whether this was sent before, and remembers it. The second word of a save may be the one that is whole. */
  #isSent(
    { type, file }: Pick<HotUpdateOptions, 'type' | 'file'>,
    seen: readonly (string | undefined)[],
  ): boolean {
    const what = seen.join(' ');
    const again = type === 'update' && !seen.includes('') && this.#sent.get(file) === what;
    this.#sent.set(file, what);
    return again;
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

  /** The hash of what a module becomes, empty when that is not known; undefined when it does not transform. */
  async #transform(environment: DevEnvironment, module: EnvironmentModuleNode): Promise<string | undefined> {
    const file = module.file ?? '';
    try {
      const result = await environment.transformRequest(module.url);
      this.#broken.delete(file);
      return result ? hashOf(result.code) : '';
    } catch (error) {
      if (isPassing(error)) return '';
      this.note(environment, error);
      return undefined;
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
        if ((await this.#transform(environment, module)) !== undefined) mended.push(module);
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

/**
 * Of a module's code, whatever the addresses of its imports say of their last changes, which are sent by themselves,
 * and whatever the order of its statements: Vite puts those for imported CommonJS packages in the order in which
 * they were resolved, another one each time.
 */
function hashOf(code: string): string {
  const statements = code.replace(/[?&]t=\d{13}/g, '').split(/[;\n]/);
  return createHash('sha256').update(statements.sort().join('\n')).digest('hex');
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
