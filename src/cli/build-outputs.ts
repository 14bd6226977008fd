import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownComponent } from '../build/component/index.js';
import { createHandlerBuilder, type HandlerBuilder } from '../build/handler/index.js';
import { createUiBuilder, type UiBuilder } from '../build/ui/index.js';
import { cacheDir } from '../core/paths.js';
import type { Service } from '../core/service.js';
import type { Diagnostic, Project } from '../project/types.js';

/** One thing that a build made: where, how, how long it took. */
export interface BuildResult {
  readonly type: 'built';
  readonly what: 'component' | 'ui';
  readonly path: string;
  readonly ms: number;
  readonly detail: string;
}

export interface BuildReport {
  onBuilt(result: BuildResult): void;
  onWarnings(warnings: readonly Diagnostic[]): void;
}

/** Files that the newest good outputs were made from. */
export interface BuildInputs {
  readonly handler: ReadonlySet<string>;
  readonly ui: ReadonlySet<string>;
}

/** Makes `dist/main.wasm` and `dist/ui` of one project; its builders stay warm between builds. */
export class ProjectBuild implements Service {
  readonly #features: 'default' | 'parity';
  readonly #report: BuildReport;
  readonly #handler: HandlerBuilder = createHandlerBuilder({ cacheDir: cacheDir() });
  #ui: UiBuilder | undefined;
  #inputs: BuildInputs = { handler: new Set(), ui: new Set() };

  constructor(features: 'default' | 'parity', report: BuildReport) {
    this.#features = features;
    this.#report = report;
  }

  get inputs(): BuildInputs {
    return this.#inputs;
  }

  async start(): Promise<void> {
    await this.#handler.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#handler.stop(), this.#ui?.stop()]);
  }

  /** Throws the coded error of the first part that fails; the outputs of that part stay as they were. */
  async build(project: Project, signal: AbortSignal): Promise<void> {
    const handler = await this.#buildComponent(project, signal);
    this.#inputs = { ...this.#inputs, handler: new Set(handler) };
    const ui = await this.#buildUi(project, signal);
    this.#inputs = { ...this.#inputs, ui: new Set(ui) };
  }

  async #buildComponent(project: Project, signal: AbortSignal): Promise<readonly string[]> {
    const { root, handler, prebuiltComponent: file, componentBuild: build } = project;
    const began = performance.now();
    const path = join(root, 'dist', 'main.wasm');
    if (handler === undefined) {
      if (file === undefined || build === undefined) return [];
      const component = await ownComponent({ file, build }, signal);
      if (file !== path) await writeWhole(path, component);
      this.#built('component', path, began, `${megabytes(component)}, ${build.command.join(' ')}`);
      return build.inputs;
    }
    const input = { projectRoot: root, handler, features: this.#features };
    const artifact = await this.#handler.build(input, signal);
    this.#report.onWarnings(artifact.warnings);
    await writeWhole(path, artifact.component);
    const how = artifact.fromCache ? 'cached' : artifact.lane;
    this.#built('component', path, began, `${megabytes(artifact.component)}, ${how}`);
    return artifact.inputs;
  }

  async #buildUi({ root, ui }: Project, signal: AbortSignal): Promise<readonly string[]> {
    // What somebody else has built, or ships as it is, is where it belongs already.
    if (ui === undefined || (ui.kind === 'prebuilt' && ui.build === undefined)) return [];
    const began = performance.now();
    const outDir = join(root, 'dist', 'ui');
    if (this.#ui === undefined) {
      this.#ui = createUiBuilder();
      await this.#ui.start();
    }
    const artifact = await this.#ui.build({ projectRoot: root, ui, outDir }, signal);
    this.#report.onWarnings(artifact.warnings);
    this.#built('ui', outDir, began, ui.build?.command.join(' ') ?? ui.kind);
    return artifact.inputs;
  }

  #built(what: BuildResult['what'], path: string, began: number, detail: string): void {
    this.#report.onBuilt({ type: 'built', what, path, ms: Math.round(performance.now() - began), detail });
  }
}

/** Nobody ever sees half a file. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(`${path}.tmp`, bytes);
  await rename(`${path}.tmp`, path);
}

function megabytes(bytes: Uint8Array): string {
  return `${(bytes.length / 1_000_000).toFixed(1)} MB`;
}
