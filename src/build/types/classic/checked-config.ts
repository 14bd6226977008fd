import { dirname, join, relative, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type TypeScript from 'typescript-classic';
import { sourceFrame } from '../../../project/source-frame.js';
import { declaredModules, withoutModules } from '../ambient-types.js';
import { MAX_FAULTS, type TypeFault } from '../type-question.js';
import { SourceFiles } from './source-files.js';

/** A project whose configuration matches no file: nothing is wrong with that. */
const NO_INPUTS = 18_003;

export interface CheckContext {
  /** The project's own compiler. */
  readonly ts: typeof TypeScript;
  readonly projectRoot: string;
  readonly ambient: string;
}

/** The sources of one tsconfig, checked again and again; only what a change can touch is looked at anew. */
export class CheckedConfig {
  readonly #files: SourceFiles;
  #program: TypeScript.SemanticDiagnosticsBuilderProgram | undefined;

  constructor(
    readonly path: string,
    readonly context: CheckContext,
  ) {
    this.#files = new SourceFiles(context.ts);
  }

  /** Checks the configuration as it was just parsed. Stops between two files when aborted. */
  async check(parsed: TypeScript.ParsedCommandLine, signal: AbortSignal): Promise<TypeFault[]> {
    const { ts } = this.context;
    const options: TypeScript.CompilerOptions = {
      ...parsed.options,
      noEmit: true,
      composite: false,
      incremental: false,
    };
    delete options.tsBuildInfoFile;
    const extra = this.#ambientFile(parsed);
    const program = ts.createSemanticDiagnosticsBuilderProgram(
      extra === undefined ? parsed.fileNames : [...parsed.fileNames, extra],
      options,
      this.#files.host(options),
      this.#program,
    );
    this.#program = program;
    while (!signal.aborted && program.getSemanticDiagnosticsOfNextAffectedFile() !== undefined) {
      await setImmediate();
    }
    if (signal.aborted) return [];
    const found = [
      ...parsed.errors,
      ...program.getOptionsDiagnostics(),
      ...program.getGlobalDiagnostics(),
      ...program.getSyntacticDiagnostics(),
      ...program.getSemanticDiagnostics(),
    ];
    return found
      .filter((diagnostic) => this.#counts(diagnostic, extra))
      .slice(0, MAX_FAULTS)
      .map((diagnostic) => this.#fault(diagnostic));
  }

  /** Path of the file with our declarations; undefined when the project has all of them itself. */
  #ambientFile(parsed: TypeScript.ParsedCommandLine): string | undefined {
    const language = parsed.options.target ?? this.context.ts.ScriptTarget.ESNext;
    const declared = new Set<string>();
    for (const name of parsed.fileNames) {
      if (!name.endsWith('.d.ts')) continue;
      for (const module of declaredModules(this.#files.get(name, language)?.text ?? '')) declared.add(module);
    }
    const text = withoutModules(this.context.ambient, declared);
    const path = join(dirname(this.path), '.alga', 'alga-extension.d.ts').split(sep).join('/');
    this.#files.setExtra(path, declaredModules(text).length === 0 ? '' : text);
    return declaredModules(text).length === 0 ? undefined : path;
  }

  #counts(diagnostic: TypeScript.Diagnostic, extra: string | undefined): boolean {
    if (diagnostic.code === NO_INPUTS || (diagnostic.file?.fileName === extra && extra !== undefined))
      return false;
    return diagnostic.category === this.context.ts.DiagnosticCategory.Error;
  }

  #fault(diagnostic: TypeScript.Diagnostic): TypeFault {
    const { ts, projectRoot } = this.context;
    const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n');
    const { file, start, length, code: number } = diagnostic;
    const config = relative(projectRoot, this.path).split(sep).join('/');
    if (file === undefined || start === undefined) return { kind: 'config', number, text, file: config };
    const place = ts.getLineAndCharacterOfPosition(file, start);
    const [line, column] = [place.line + 1, place.character + 1];
    return {
      kind: file.fileName.endsWith('.json') ? 'config' : 'mismatch',
      number,
      text,
      file: relative(projectRoot, file.fileName).split(sep).join('/'),
      line,
      column,
      frame: sourceFrame(file.text, line, column, length),
    };
  }
}
