import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Diagnostic, Project } from 'typescript/unstable/sync';
import { type CheckedProject, isModule, MAX_FAULTS, type TypeFault } from '../type-question.js';
import { configTree } from './config-tree.js';
import { ImportIndex } from './import-index.js';
import type { FileChanges, NativeCompiler } from './native-compiler.js';
import { nativeFault } from './native-fault.js';
import { type ShadowConfig, writeShadow } from './shadow-config.js';

/** A project whose configuration matches no file, or has an empty list of them: nothing is wrong with that. */
const NO_INPUTS = [18_002, 18_003];
/** Settings that this version no longer knows: no fault of a project that never chose a version. */
const REMOVED_SETTINGS = [5_101, 5_102, 5_107, 5_108];
const ERROR = 1;

export interface NativeContext {
  readonly projectRoot: string;
  readonly ambient: string;
  /** Whether the project has a TypeScript of its own installed. */
  readonly hasOwn: boolean;
}

/** One configuration with what was found at the last check. */
interface CheckedConfig {
  readonly shadow: ShadowConfig;
  /** Of the configuration as a whole. */
  general: readonly Diagnostic[];
  readonly byFile: Map<string, readonly Diagnostic[]>;
}

/** A project checked by the native compiler; after an edit only what that edit can touch is checked again. */
export class NativeProject implements CheckedProject {
  readonly #context: NativeContext;
  readonly #compiler: NativeCompiler;
  readonly #imports: ImportIndex;
  #configs: CheckedConfig[] = [];

  constructor(context: NativeContext, compiler: NativeCompiler) {
    this.#context = context;
    this.#compiler = compiler;
    this.#imports = new ImportIndex(context.projectRoot);
  }

  async check(changed: readonly string[] | undefined): Promise<TypeFault[]> {
    const isEdit = changed?.every((file) => isModule(file) || !/\.(?:json|lock|ya?ml)$/.test(file));
    if (isEdit && this.#configs.length > 0) this.#checkEdit(changed?.filter(isModule) ?? []);
    else this.#checkAll(changed ?? []);
    return this.#configs
      .flatMap(({ shadow, general, byFile }) =>
        [...general, ...[...byFile.values()].flat()].map((found) => ({ shadow, found })),
      )
      .slice(0, MAX_FAULTS)
      .map(({ shadow, found }) => nativeFault(found, shadow, this.#context.projectRoot));
  }

  #checkAll(changed: readonly string[]): void {
    const { projectRoot, ambient } = this.#context;
    const tree = configTree(this.#compiler, join(projectRoot, 'tsconfig.json'));
    this.#configs = tree
      .map(({ path, fileNames }) => writeShadow(path, fileNames, ambient).shadow)
      .map((shadow) => ({ shadow, general: [], byFile: new Map() }));
    this.#compiler.open(
      this.#configs.map(({ shadow }) => shadow.path),
      [...tree.map(({ path }) => path), ...changed.map((file) => resolve(projectRoot, file))],
    );
    for (const config of this.#configs) this.#checkConfig(config);
    this.#imports.read(this.#ownFiles());
  }

  #checkConfig(config: CheckedConfig): void {
    const program = this.#program(config);
    if (!program) return;
    config.byFile.clear();
    config.general = this.#errors(config, [
      ...program.getConfigFileParsingDiagnostics(),
      ...program.getProgramDiagnostics(),
      ...program.getGlobalDiagnostics(),
    ]);
    const found = this.#errors(config, [
      ...program.getSyntacticDiagnostics(),
      ...program.getSemanticDiagnostics(),
    ]);
    for (const error of found) {
      const file = error.fileName ?? '';
      config.byFile.set(file, [...(config.byFile.get(file) ?? []), error]);
    }
  }

  #checkEdit(changed: readonly string[]): void {
    if (changed.length === 0) return;
    const paths = changed.map((file) => resolve(this.#context.projectRoot, file));
    const changes = this.#changesOf(paths);
    this.#compiler.update(changes);
    const { created, deleted } = changes;
    if ([...created, ...deleted, ...paths.filter((path) => path.endsWith('.d.ts'))].length > 0)
      this.#followFiles();
    const affected = this.#imports.affectedBy(paths, this.#ownFiles());
    for (const config of this.#configs) {
      if (affected === undefined) this.#checkConfig(config);
      else this.#checkFiles(config, [...affected, ...paths]);
    }
  }

  #checkFiles(config: CheckedConfig, files: readonly string[]): void {
    const program = this.#program(config);
    const names = new Set(program?.getSourceFileNames());
    for (const file of new Set(files)) {
      config.byFile.delete(file);
      if (!program || !names.has(file)) continue;
      const found = this.#errors(config, [
        ...program.getSyntacticDiagnostics(file),
        ...program.getSemanticDiagnostics(file),
      ]);
      if (found.length > 0) config.byFile.set(file, found);
    }
  }

  #changesOf(paths: readonly string[]): FileChanges {
    const known = new Set(
      this.#configs.flatMap((config) => this.#program(config)?.getSourceFileNames() ?? []),
    );
    const present = paths.filter((path) => existsSync(path));
    return {
      changed: present.filter((path) => known.has(path)),
      created: present.filter((path) => !known.has(path)),
      deleted: paths.filter((path) => !present.includes(path)),
    };
  }

  /** Files that came or went may belong to a configuration by its patterns. */
  #followFiles(): void {
    for (const { shadow } of this.#configs) {
      const fileNames = this.#compiler.fileNames(shadow.source);
      const { written } = writeShadow(shadow.source, fileNames, this.#context.ambient);
      if (written.length > 0) this.#compiler.update({ changed: written });
    }
  }

  #program(config: CheckedConfig): Project['program'] | undefined {
    return this.#compiler.project(config.shadow.path)?.program;
  }

  /** The modules of all configurations that are no package's and no library's. */
  #ownFiles(): string[] {
    const names = this.#configs.flatMap((config) => this.#program(config)?.getSourceFileNames() ?? []);
    return [...new Set(names)].filter((file) => !file.includes('/node_modules/'));
  }

  #errors({ shadow }: CheckedConfig, diagnostics: readonly Diagnostic[]): Diagnostic[] {
    return diagnostics.filter(({ category, code, fileName }) => {
      if (category !== ERROR || NO_INPUTS.includes(code) || fileName === shadow.ambientPath) return false;
      return this.#context.hasOwn || !REMOVED_SETTINGS.includes(code);
    });
  }
}
