import { join } from 'node:path';
import { ownComponent } from '../build/component/index.js';
import type { HandlerArtifact, HandlerBuilder } from '../build/handler/index.js';
import type { TypeChecker } from '../build/types/index.js';
import type { UiArtifact, UiBuilder } from '../build/ui/index.js';
import { AlgaError, algaError } from '../core/errors/alga-error.js';
import { projectStateDir } from '../core/paths.js';
import type { Diagnostic, Project } from '../project/types.js';
import type { KnownInputs } from './changes.js';
import type { Emit } from './event-stream.js';
import type { ChangeKind } from './events.js';
import { rememberedTypes, rememberTypes } from './state.js';
import { errorEvent, Reported, runStep } from './step.js';

/** The long-lived builders of a session; every extension of the session shares them. */
export interface Builders {
  readonly handler: HandlerBuilder;
  readonly ui: UiBuilder;
  readonly types: TypeChecker;
}

export interface RefreshOptions {
  readonly onHandler: (handler: HandlerArtifact) => Promise<void>;
  /** Whether type errors fail the pass. */
  readonly typesDecide: boolean;
}

/** What a bundle is packed from. */
export interface Artifacts {
  readonly component: Uint8Array | undefined;
  readonly uiDir: string | undefined;
  /** Source map of the component as JSON text: stacks of guest errors are mapped with it. */
  readonly sourceMap: string | undefined;
}

/**
 * The newest good component and UI of one extension. Each is made again only when something it
 * depends on has changed; a failed build keeps what was there.
 */
export class ArtifactCache {
  readonly #builders: Builders;
  readonly #emit: Emit;
  readonly #extension: string;
  readonly #features: 'default' | 'parity';
  #handler: HandlerArtifact | undefined;
  #prebuilt: Uint8Array | undefined;
  #ui: UiArtifact | undefined;
  #handlerDirty = true;
  #uiDirty = true;
  #typesDirty = true;
  /** Type errors that were there before anything was live. */
  readonly #accepted = new Set<string>();

  constructor(builders: Builders, emit: Emit, extension: string, features: 'default' | 'parity') {
    this.#builders = builders;
    this.#emit = emit;
    this.#extension = extension;
    this.#features = features;
  }

  /** Files behind the newest good artifacts; the planner judges changes by them. */
  inputs(): KnownInputs {
    return { handler: new Set(this.#handler?.inputs), ui: new Set(this.#ui?.inputs) };
  }

  /** Marks what a change makes stale; stays marked until a build of it succeeds. */
  invalidate(kinds: ReadonlySet<ChangeKind>): void {
    const any = (...wanted: ChangeKind[]): boolean => wanted.some((kind) => kinds.has(kind));
    if (any('handler', 'wit', 'config', 'dependencies', 'artifact')) this.#handlerDirty = true;
    if (any('ui', 'config', 'dependencies')) this.#uiDirty = true;
    if (any('handler', 'ui', 'config', 'dependencies', 'wit')) this.#typesDirty = true;
  }

  /**
   * Brings every stale artifact up to date, side by side. `onHandler` gets a new handler as soon as it
   * is built and its types are right, without waiting for the UI. With `typesDecide` off, type errors
   * are shown as warnings and accepted: from then on only other ones fail a pass. All failures are reported before the
   * call rejects, so that an author sees a handler error and a UI error of one save together.
   */
  async refresh(
    project: Project,
    signal: AbortSignal,
    { onHandler, typesDecide }: RefreshOptions,
  ): Promise<Artifacts> {
    const before = this.#handler;
    const handler = this.#refreshHandler(project, signal);
    const builds = Promise.allSettled([handler, this.#refreshUi(project, signal)]);
    const types = this.#refreshTypes(project, builds, signal, typesDecide);
    // Its failure is looked at below, or stands for the whole pass; it must not count as unhandled.
    const live = Promise.all([handler, types]).then(async () => {
      if (this.#handler && this.#handler !== before) await onHandler(this.#handler);
    });
    live.catch(() => undefined);
    const results = [...(await builds)];
    // Sources that passed before pass again: the check still runs, but nothing waits for it.
    const passedBefore = await this.#typesPassedBefore(project);
    const checked = passedBefore ? [] : await Promise.allSettled([types, live]);
    results.push(...checked);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    if (checked.length > 0 && checked.every(({ status }) => status === 'fulfilled'))
      await rememberTypes(project.root, this.#sourcesKey());
    return {
      component: this.#handler?.component ?? this.#prebuilt,
      uiDir: project.ui ? this.#ui?.outDir : undefined,
      sourceMap: this.#handler?.sourceMap,
    };
  }

  async #refreshHandler(project: Project, signal: AbortSignal): Promise<void> {
    if (!this.#handlerDirty) return;
    if (project.handler) await this.#buildHandler(project, project.handler, signal);
    else if (project.prebuiltComponent) await this.#readPrebuilt(project, project.prebuiltComponent, signal);
    else this.#forgetHandler();
    this.#handlerDirty = false;
  }

  #forgetHandler(): void {
    this.#handler = undefined;
    this.#prebuilt = undefined;
  }

  async #buildHandler(
    project: Project,
    handler: NonNullable<Project['handler']>,
    signal: AbortSignal,
  ): Promise<void> {
    const built = await runStep(
      this.#context(signal),
      'component',
      () =>
        this.#builders.handler.build(
          { projectRoot: project.root, handler, features: this.#features },
          signal,
        ),
      (artifact) =>
        `${artifact.fromCache ? 'cached' : artifact.lane}, ${megabytes(artifact.component.length)}`,
    );
    this.#handler = built;
    this.#prebuilt = undefined;
    this.#warn(built.warnings);
  }

  async #readPrebuilt(project: Project, file: string, signal: AbortSignal): Promise<void> {
    const build = project.componentBuild;
    const bytes = await runStep(
      this.#context(signal),
      'component',
      () => ownComponent({ file, build }, signal),
      () => (build ? build.command.join(' ') : 'prebuilt'),
    );
    this.#forgetHandler();
    this.#prebuilt = bytes;
  }

  async #refreshUi(project: Project, signal: AbortSignal): Promise<void> {
    const { ui } = project;
    if (!this.#uiDirty) return;
    if (!ui) {
      this.#ui = undefined;
      this.#uiDirty = false;
      return;
    }
    const outDir = join(projectStateDir(project.root), 'build', 'ui');
    this.#ui = await runStep(this.#context(signal), 'ui', () =>
      this.#builders.ui.build({ projectRoot: project.root, ui, outDir }, signal),
    );
    this.#uiDirty = false;
    this.#warn(this.#ui.warnings);
  }

  /**
   * Checks types. What is wrong in a file that does not even build is not said a second time.
   */
  async #refreshTypes(
    project: Project,
    builds: Promise<Settled[]>,
    signal: AbortSignal,
    decide: boolean,
  ): Promise<void> {
    if (!this.#typesDirty) return;
    await runStep(this.#context(signal), 'types', async () => {
      const { errors } = await this.#builders.types.check({ projectRoot: project.root }, signal);
      const broken = errors.length === 0 ? new Set() : brokenFiles(await builds);
      const here = errors.filter(({ location }) => !broken.has(location?.file));
      if (decide) this.#reportTypeErrors(here.filter((error) => !this.#accepted.has(keyOf(error))));
      else this.#acceptTypeErrors(here);
      this.#typesDirty = errors.length > 0;
    });
  }

  async #typesPassedBefore(project: Project): Promise<boolean> {
    const key = this.#sourcesKey();
    return key !== undefined && key === (await rememberedTypes(project.root));
  }

  /** Changes with every source that goes into the artifacts. */
  #sourcesKey(): string | undefined {
    const [handler, ui] = [this.#handler?.inputsHash, this.#ui?.inputsHash];
    return handler === undefined && ui === undefined ? undefined : `${handler}/${ui}`;
  }

  /** A project that is taken up with errors in it works all the same; its author is told once. */
  #acceptTypeErrors(errors: readonly AlgaError[]): void {
    for (const error of errors) {
      this.#accepted.add(keyOf(error));
      const { code, message, hint, location } = error;
      this.#warn([{ code, message, hint, ...location }]);
    }
  }

  /** The first error fails the step and is shown by it; the others are shown beside it. */
  #reportTypeErrors(errors: readonly AlgaError[]): void {
    const [first, ...others] = errors;
    if (first === undefined) return;
    for (const error of others.slice(0, 9)) {
      this.#emit(errorEvent(error, { extension: this.#extension, step: 'types' }));
    }
    throw first;
  }

  #warn(warnings: readonly Diagnostic[]): void {
    for (const warning of warnings) {
      this.#emit({ type: 'warning', extension: this.#extension, ...warning });
    }
  }

  #context(signal: AbortSignal): { emit: Emit; extension: string; signal: AbortSignal } {
    return { emit: this.#emit, extension: this.#extension, signal };
  }
}

/** The same for an error that an edit elsewhere in the file has moved. */
function keyOf({ message, location }: AlgaError): string {
  return `${location?.file}: ${message}`;
}

type Settled = PromiseSettledResult<void>;

/** Files in which the failed builds found their errors. */
function brokenFiles(builds: readonly Settled[]): ReadonlySet<string | undefined> {
  const causes = builds.flatMap((build) => (build.status === 'rejected' ? [build.reason] : []));
  const located = causes.map((reason) => (reason instanceof Reported ? reason.cause : reason));
  return new Set(located.flatMap((error) => (error instanceof AlgaError ? [error.location?.file] : [])));
}

/** Fails with a coded error when a project has nothing that could be shipped. */
export function requireSomething(project: Project, artifacts: Artifacts): void {
  if (artifacts.component === undefined && artifacts.uiDir === undefined) {
    throw algaError('SESSION_NOTHING_TO_SHIP', { project: project.root });
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
