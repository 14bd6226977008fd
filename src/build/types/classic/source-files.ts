import { statSync } from 'node:fs';
import type TypeScript from 'typescript-classic';

/** A source file as the incremental program wants it: equal versions mean equal texts. */
type VersionedFile = TypeScript.SourceFile & { version: string };

/**
 * Parsed source files, kept from check to check. A file is read again when its times or size changed.
 * One text that is on no disk can be put among them.
 */
export class SourceFiles {
  readonly #ts: typeof TypeScript;
  readonly #kept = new Map<string, VersionedFile>();
  #extra: { readonly path: string; readonly text: string } | undefined;

  constructor(ts: typeof TypeScript) {
    this.#ts = ts;
  }

  /** Makes `path` a file with this text, or no file for an empty text. */
  setExtra(path: string, text: string): void {
    this.#extra = text === '' ? undefined : { path, text };
  }

  /** A compiler host over these files. */
  host(options: TypeScript.CompilerOptions): TypeScript.CompilerHost {
    const host = this.#ts.createIncrementalCompilerHost(options, this.#ts.sys);
    const { fileExists, readFile } = host;
    host.fileExists = (path) => path === this.#extra?.path || fileExists.call(host, path);
    host.readFile = (path) => (path === this.#extra?.path ? this.#extra.text : readFile.call(host, path));
    host.getSourceFile = (path, language) => this.get(path, language);
    return host;
  }

  get(
    path: string,
    language: TypeScript.ScriptTarget | TypeScript.CreateSourceFileOptions,
  ): TypeScript.SourceFile | undefined {
    const version = this.#versionOf(path, language);
    if (version === undefined) return undefined;
    const kept = this.#kept.get(path);
    if (kept?.version === version) return kept;
    const text = path === this.#extra?.path ? this.#extra.text : this.#ts.sys.readFile(path);
    if (text === undefined) return undefined;
    const file = Object.assign(this.#ts.createSourceFile(path, text, language, true), { version });
    this.#kept.set(path, file);
    return file;
  }

  /** Undefined when there is no such file. The target is part of it: another one parses differently. */
  #versionOf(
    path: string,
    language: TypeScript.ScriptTarget | TypeScript.CreateSourceFileOptions,
  ): string | undefined {
    const { languageVersion, impliedNodeFormat } =
      typeof language === 'object' ? language : { languageVersion: language, impliedNodeFormat: undefined };
    const way = `${languageVersion}/${impliedNodeFormat ?? ''}`;
    if (path === this.#extra?.path) return `${way}:${this.#extra.text}`;
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats?.isFile() ? `${way}:${stats.mtimeMs}:${stats.ctimeMs}:${stats.size}` : undefined;
  }
}
