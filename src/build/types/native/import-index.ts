import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { sourceText } from '../../source-text.js';
import { declaredModules } from '../ambient-types.js';

/** What a module's text tells about who can be touched by a change of whom. */
interface ModuleFacts {
  /** Last segments of its import specifiers, without their endings. */
  readonly segments: ReadonlySet<string>;
  /** It imports by a name that need not be like any file's: an alias of the project. */
  readonly usesAlias: boolean;
  /** What it declares may be seen without an import of it. */
  readonly isGlobal: boolean;
}

const SPECIFIER = /\b(?:from|import|require)\s*\(?\s*(['"`])([^'"`\n]+)\1/g;
const REFERENCE = /^\s*\/\/\/\s*<reference\s+path\s*=\s*(['"])([^'"\n]+)\1/gm;
const ENDING = /(?:\.d)?\.[cm]?[jt]sx?$|\.json$/;

/**
 * Who imports whom among a project's own modules, by the last segments of specifiers. It names too many
 * rather than too few: two files of one name are taken for each other, and an alias for everything.
 */
export class ImportIndex {
  readonly #root: string;
  readonly #facts = new Map<string, ModuleFacts>();
  readonly #packages = new Map<string, boolean>();

  constructor(projectRoot: string) {
    this.#root = projectRoot;
  }

  /** Reads the project's modules as they are before the first change, in place of what was known. */
  read(files: readonly string[]): void {
    this.#facts.clear();
    this.#packages.clear();
    for (const file of files) this.#of(file);
  }

  /**
   * The modules whose types a change of `changed` can touch: themselves and who imports them, however
   * indirectly. Undefined when it can be any. `files` are the project's own modules as they are now.
   */
  affectedBy(changed: readonly string[], files: readonly string[]): ReadonlySet<string> | undefined {
    const present = new Set(files);
    const before = changed.map((file) => this.#facts.get(file));
    for (const file of changed) this.#facts.delete(file);
    const after = changed.filter((file) => present.has(file)).map((file) => this.#of(file));
    if ([...before, ...after].some((facts) => facts?.isGlobal)) return undefined;
    if (changed.some((file) => !isInside(this.#root, file))) return undefined;
    return this.#closure(changed, present);
  }

  #closure(changed: readonly string[], present: ReadonlySet<string>): Set<string> {
    const affected = new Set(changed.filter((file) => present.has(file)));
    const waiting = [...changed];
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      const names = namesOf(file);
      for (const other of present) {
        if (affected.has(other)) continue;
        const { segments, usesAlias } = this.#of(other);
        if (!usesAlias && !names.some((name) => segments.has(name))) continue;
        affected.add(other);
        waiting.push(other);
      }
    }
    return affected;
  }

  #of(file: string): ModuleFacts {
    const known = this.#facts.get(file);
    if (known) return known;
    const facts = this.#factsOf(file);
    this.#facts.set(file, facts);
    return facts;
  }

  #factsOf(file: string): ModuleFacts {
    const text = sourceText(file) ?? '';
    const specifiers = [...text.matchAll(SPECIFIER), ...text.matchAll(REFERENCE)].map(
      (match) => match[2] ?? '',
    );
    return {
      segments: new Set(specifiers.map(segmentOf)),
      usesAlias: specifiers.some((specifier) => this.#isAlias(specifier)),
      isGlobal:
        /\.d\.[cm]?ts$/.test(file) ||
        !/\b(?:import|export)\b/.test(text) ||
        /\bdeclare\s+(?:global|module|namespace)\b/.test(text) ||
        declaredModules(text).length > 0,
    };
  }

  /** A specifier that is no path, no module of the host or of Node, and no installed package. */
  #isAlias(specifier: string): boolean {
    if (/^(?:\.|\/|alga:|node:)/.test(specifier)) return false;
    const [first = '', second = ''] = specifier.split('/');
    const name = first.startsWith('@') ? `${first}/${second}` : first;
    const known = this.#packages.get(name);
    if (known !== undefined) return !known;
    const isInstalled = ancestors(this.#root).some((folder) =>
      existsSync(join(folder, 'node_modules', name)),
    );
    this.#packages.set(name, isInstalled);
    return !isInstalled;
  }
}

/** Names by which a specifier can end when it means this file. */
function namesOf(file: string): string[] {
  const name = segmentOf(file);
  return name === 'index' ? [name, segmentOf(dirname(file))] : [name];
}

function segmentOf(specifier: string): string {
  const last = specifier.replace(/\/+$/, '').split('/').at(-1) ?? '';
  // A specifier that ends in a folder means its index.
  return last === '.' || last === '..' || last === '' ? 'index' : last.replace(ENDING, '');
}

function isInside(root: string, file: string): boolean {
  return !relative(root, file).startsWith('..');
}

function ancestors(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}
