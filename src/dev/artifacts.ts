import { setTimeout } from 'node:timers/promises';
import { ownComponent } from '../build/component/index.js';
import type { HandlerImage } from '../build/handler/index.js';
import type { UiArtifact } from '../build/ui/index.js';
import { AlgaError, algaError } from '../core/errors/alga-error.js';
import { savedSince } from '../core/saved-since.js';
import type { Diagnostic, Project } from '../project/types.js';
import { type Builders, uiOutDir } from './builders.js';
import type { KnownInputs } from './changes.js';
import type { Emit } from './event-stream.js';
import type { ChangeKind } from './events.js';
import { hasFewCores } from './few-cores.js';
import type { PackedHandler } from './packing/pack-job.js';
import { Reported, runStep, type StepContext, throwIfSuperseded } from './step.js';
import { TypeGate } from './type-gate.js';
import type { UiErrors } from './ui-errors.js';

/**
 * How long open pages are left alone with a saved UI before it is built: on few cores the build would take
 * the processor from the hot update that the author waits for.
 */
const HOT_UPDATE_MS = 80;

export interface RefreshOptions {
  /** Told of a new handler; it may answer requests once `permitted` has resolved. */
  readonly onHandler: (handler: HandlerImage, permitted: Promise<void>) => Promise<void>;
  /** Whether type errors fail the pass. */
  readonly typesDecide: boolean;
}

/** What a bundle is packed from. */
export interface Artifacts {
  readonly handler: PackedHandler | undefined;
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
  readonly #emitUi: Emit;
  readonly #extension: string;
  readonly #features: 'default' | 'parity';
  #handler: HandlerImage | undefined;
  #prebuilt: Uint8Array | undefined;
  #ui: UiArtifact | undefined;
  #handlerDirty = true;
  #uiDirty = true;
  readonly #types: TypeGate;
  readonly #savedSince = (time: number): Promise<boolean> =>
    savedSince([...(this.#handler?.inputs ?? []), ...(this.#ui?.inputs ?? [])], time);

  constructor(
    builders: Builders,
    emit: Emit,
    { extension, uiErrors }: { readonly extension: string; readonly uiErrors: UiErrors },
    features: 'default' | 'parity',
  ) {
    this.#emitUi = uiErrors.ofBuild(emit);
    this.#builders = builders;
    this.#emit = emit;
    this.#extension = extension;
    this.#features = features;
    this.#types = new TypeGate(builders.types, emit, extension, this.#savedSince);
  }

  /** Files behind the newest good artifacts; the planner judges changes by them. */
  inputs(): KnownInputs {
    return { handler: new Set(this.#handler?.inputs), ui: new Set(this.#ui?.inputs) };
  }

  /** Marks what a change of files makes stale; stays marked until a build of it succeeds. */
  invalidate(kinds: ReadonlySet<ChangeKind>, files: readonly string[]): void {
    const any = (...wanted: ChangeKind[]): boolean => wanted.some((kind) => kinds.has(kind));
    if (any('handler', 'wit', 'config', 'dependencies', 'artifact')) this.#handlerDirty = true;
    if (any('ui', 'config', 'dependencies')) this.#uiDirty = true;
    if (any('handler', 'ui', 'config', 'dependencies', 'wit')) this.#types.invalidate(files);
  }

  /**
   * Brings every stale artifact up to date, side by side. `onHandler` gets a new handler as soon as it
   * is built, and leave to let it answer when its types are right, without waiting for the UI. With `typesDecide` off nothing asks for
   * types. All failures are reported before the call rejects, so that an author sees a handler error and
   * a UI error of one save together.
   */
  async refresh(
    project: Project,
    signal: AbortSignal,
    { onHandler, typesDecide }: RefreshOptions,
  ): Promise<Artifacts> {
    await this.#letPagesUpdate(signal);
    const before = this.#handler;
    const handler = this.#refreshHandler(project, signal);
    const builds = Promise.allSettled([handler, this.#refreshUi(project, signal)]);
    const broken = async () => brokenFiles(await builds);
    const types = typesDecide ? this.#types.check(project, broken, signal) : undefined;
    // Its failure is looked at below, or stands for the whole pass; it must not count as unhandled.
    const live = handler.then(async () => {
      if (this.#handler && this.#handler !== before) await onHandler(this.#handler, Promise.resolve(types));
    });
    live.catch(() => undefined);
    const results = await Promise.allSettled([builds.then(throwFirst), types, live]);
    throwFirst(results);
    return {
      handler: this.#packedHandler(),
      uiDir: project.ui ? this.#ui?.outDir : undefined,
      sourceMap: this.#handler?.sourceMap,
    };
  }

  /** Only where nothing but the UI is built, and an earlier version of it is already shown. */
  async #letPagesUpdate(signal: AbortSignal): Promise<void> {
    const isUiAlone = this.#uiDirty && !this.#handlerDirty && this.#ui !== undefined;
    if (!isUiAlone || !hasFewCores()) return;
    await setTimeout(HOT_UPDATE_MS, undefined, { signal }).catch(() => throwIfSuperseded(signal));
  }

  /** Has the types checked once when the first version is live; what is wrong then is told, not refused. */
  checkTypesOnce(project: Project, signal: AbortSignal): void {
    this.#types.takeBaseline(project, signal);
  }

  async #refreshHandler(project: Project, signal: AbortSignal): Promise<void> {
    if (!this.#handlerDirty) return;
    if (project.handler) await this.#buildHandler(project, project.handler, signal);
    else if (project.prebuiltComponent) await this.#readPrebuilt(project, project.prebuiltComponent, signal);
    else this.#forgetHandler();
    this.#handlerDirty = false;
  }

  /** An image where there is one: it is made into a component where it is packed. */
  #packedHandler(): PackedHandler | undefined {
    const handler = this.#handler;
    if (handler?.image) return { kind: 'image', image: handler.image };
    const bytes = handler?.assemble().component ?? this.#prebuilt;
    return bytes && { kind: 'component', bytes };
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
        this.#builders.handler.buildImage(
          { projectRoot: project.root, handler, features: this.#features },
          signal,
        ),
      (image) => (image.fromCache ? 'cached' : image.lane),
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
    const outDir = uiOutDir(project.root);
    this.#ui = await runStep({ ...this.#context(signal), emit: this.#emitUi }, 'ui', () =>
      this.#builders.ui.build({ projectRoot: project.root, ui, outDir }, signal),
    );
    this.#uiDirty = false;
    this.#warn(this.#ui.warnings);
  }

  #warn(warnings: readonly Diagnostic[]): void {
    for (const warning of warnings) {
      this.#emit({ type: 'warning', extension: this.#extension, ...warning });
    }
  }

  #context(signal: AbortSignal): StepContext {
    return { emit: this.#emit, extension: this.#extension, signal, savedSince: this.#savedSince };
  }
}

type Settled = PromiseSettledResult<void>;

function throwFirst(results: readonly Settled[]): void {
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

/** Files in which the failed builds found their errors. */
function brokenFiles(builds: readonly Settled[]): ReadonlySet<string | undefined> {
  const causes = builds.flatMap((build) => (build.status === 'rejected' ? [build.reason] : []));
  const located = causes.map((reason) => (reason instanceof Reported ? reason.cause : reason));
  return new Set(located.flatMap((error) => (error instanceof AlgaError ? [error.location?.file] : [])));
}

/** Fails with a coded error when a project has nothing that could be shipped. */
export function requireSomething(project: Project, artifacts: Artifacts): void {
  if (artifacts.handler === undefined && artifacts.uiDir === undefined) {
    throw algaError('SESSION_NOTHING_TO_SHIP', { project: project.root });
  }
}
