import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownComponent } from '../build/component/index.js';
import {
  componentDifferences,
  createHandlerBuilder,
  type HandlerArtifact,
  type HandlerBuilder,
  type HandlerInput,
} from '../build/handler/index.js';
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

export interface BuildMode {
  readonly features: 'default' | 'parity';
  /** Build the component with the official tools, and compare it with what a development build makes. */
  readonly release: boolean;
}

/** Makes `dist/main.wasm` and `dist/ui` of one project; its builders stay warm between builds. */
export class ProjectBuild implements Service {
  readonly #features: BuildMode['features'];
  readonly #report: BuildReport;
  readonly #handler: HandlerBuilder;
  /** In a release: what the official component is compared with. */
  readonly #development: HandlerBuilder | undefined;
  #ui: UiBuilder | undefined;
  #inputs: BuildInputs = { handler: new Set(), ui: new Set() };

  constructor({ features, release }: BuildMode, report: BuildReport) {
    this.#features = features;
    this.#report = report;
    const development = createHandlerBuilder({ cacheDir: cacheDir() });
    this.#handler = release
      ? createHandlerBuilder({ cacheDir: cacheDir(), lanes: ['official'] })
      : development;
    this.#development = release ? development : undefined;
  }

  get inputs(): BuildInputs {
    return this.#inputs;
  }

  async start(): Promise<void> {
    await this.#handler.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#handler.stop(), this.#development?.stop(), this.#ui?.stop()]);
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
    const compared = await this.#compare(input, artifact, signal);
    await writeWhole(path, artifact.component);
    const how = artifact.fromCache ? 'cached' : artifact.lane;
    this.#built('component', path, began, `${megabytes(artifact.component)}, ${how}${compared}`);
    return artifact.inputs;
  }

  /** Says where a release differs from a development build in more than the state of the loaded handler. */
  async #compare(input: HandlerInput, release: HandlerArtifact, signal: AbortSignal): Promise<string> {
    if (this.#development === undefined) return '';
    const development = await this.#development.build(input, signal);
    const differences = componentDifferences(development.component, release.component);
    if (differences.length === 0) return ', same code as the development build';
    const where = differences.join(', ');
    this.#report.onWarnings([
      {
        code: 'COMPONENT_DIFFERS',
        message: `The release differs from the development build in ${where}.`,
        hint: 'Test the release itself before you publish it, and report this: both should be the same.',
      },
    ]);
    return '';
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
