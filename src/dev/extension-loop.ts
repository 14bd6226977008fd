import type { HandlerImage } from '../build/handler/index.js';
import type { ContentHash } from '../core/ids.js';
import { within } from '../core/process.js';
import type { Service } from '../core/service.js';
import type { Project } from '../project/types.js';
import type { ArtifactCache } from './artifacts.js';
import { classify } from './changes.js';
import type { Emit } from './event-stream.js';
import type { ChangeKind } from './events.js';
import type { ExtensionStage } from './extension-stage.js';
import { hasFewCores } from './few-cores.js';
import type { InstallSettings } from './install-settings.js';
import type { LintWarnings } from './lint-warnings.js';
import type { BundlePacker } from './packing/bundle-packer.js';
import { type Change, ProjectChanges } from './project-changes.js';
import { packArtifacts, publish } from './publication.js';
import { errorEvent, Reported, runStep, Superseded, throwIfSuperseded } from './step.js';

export interface ExtensionLoopOptions {
  readonly directory: string;
  /** The project as found when the session started. */
  readonly project: Project;
  readonly loadProject: (directory: string) => Promise<Project>;
  readonly artifacts: ArtifactCache;
  readonly packer: BundlePacker;
  readonly lint: LintWarnings;
  readonly settings: InstallSettings;
  readonly stage: ExtensionStage;
  readonly emit: Emit;
}

/** Kinds after which the handler answers differently; gateway requests wait until it does. */
const HANDLER_KINDS: readonly ChangeKind[] = ['handler', 'wit', 'artifact', 'config', 'dependencies'];

/** Kinds for which the project has to be looked at again before anything is built. */
const PROJECT_KINDS: readonly ChangeKind[] = ['manifest', 'config', 'dependencies', 'wit'];

/** A handler that takes longer does not hold up the publication. */
const ANSWERS_FIRST_MS = 100;

/**
 * The loop of one extension: a change marks what is stale, one pass at a time brings the stale
 * things up to date and publishes them. A change during a pass gives the pass up and is folded into
 * the next one; whatever a pass had finished is kept.
 */
export class ExtensionLoop implements Service {
  readonly #options: ExtensionLoopOptions;
  readonly #changes: ProjectChanges;
  #project: Project;
  #wanted = new Set<ChangeKind>();
  /** Files behind what is wanted, relative to the project. */
  readonly #saved = new Set<string>();
  #seenAt = performance.now();
  #pass: AbortController | undefined;
  #idle: Promise<void> = Promise.resolve();
  #release: (() => void) | undefined;
  readonly #leaving = new AbortController();
  /** The next publish happens even when its content is the published one. */
  #forced = false;

  constructor(options: ExtensionLoopOptions) {
    this.#options = options;
    this.#project = options.project;
    this.#changes = new ProjectChanges({
      directory: options.directory,
      meaningOf: (path) => classify(this.#project, options.artifacts.inputs(), path),
      onSign: (at) => {
        options.stage.savedAt = at;
      },
      onChange: (change) => this.#onChange(change),
      onError: (error) => this.#report(error),
    });
  }

  /** Watches, and makes the first pass. Resolves after that pass, whether it succeeded or not. */
  async start(): Promise<void> {
    const watching = this.#changes.start();
    this.#want(new Set(['handler', 'ui', 'manifest']), performance.now());
    await watching;
    await this.settled();
  }

  /** Gives up the pass in progress and stops watching. */
  async stop(): Promise<void> {
    this.#leaving.abort();
    this.#pass?.abort();
    await this.#changes.stop();
    await this.#idle;
    this.#openGate();
  }

  /** Resolves when no pass is running or wanted. */
  async settled(): Promise<void> {
    let seen: Promise<void> | undefined;
    while (seen !== this.#idle) {
      seen = this.#idle;
      await seen;
    }
  }

  /** Builds and publishes everything again, also what is published already: rows and objects may be gone. */
  rebuild(): void {
    this.#forced = true;
    this.#want(new Set(['manifest', 'handler', 'ui', 'wit', 'config', 'dependencies']), performance.now());
  }

  /** Publishes again what is built, for example because a service came back. Rebuilds nothing that is good. */
  retry(): void {
    if (this.#pass === undefined) this.#want(new Set(['manifest']), performance.now());
    // The pass may still fail for what happened before the service came back: it goes on, and another follows.
    else this.#wanted.add('manifest');
  }

  /** Makes the bundle that was served before this one the served one again. */
  previousVersion(): Promise<void> {
    return this.#switchTo(() => this.#options.stage.goBack());
  }

  /** Makes one of the published bundles the served one. */
  useVersion(contentHash: string): Promise<void> {
    return this.#switchTo(() => this.#options.stage.use(contentHash));
  }

  async #switchTo(go: () => Promise<ContentHash>): Promise<void> {
    await this.settled();
    const began = performance.now();
    try {
      const contentHash = await go();
      this.#live(contentHash, began, true);
    } catch (error) {
      this.#report(error);
    }
  }

  #onChange({ files, kinds, seenAt }: Change): void {
    const { emit, stage } = this.#options;
    emit({ type: 'change', extension: stage.extension, files, kinds: [...kinds] });
    for (const file of files) this.#saved.add(file);
    this.#want(kinds, seenAt);
  }

  #want(kinds: ReadonlySet<ChangeKind>, seenAt: number): void {
    if (this.#stopped) return;
    for (const kind of kinds) this.#wanted.add(kind);
    this.#seenAt = seenAt;
    if (HANDLER_KINDS.some((kind) => kinds.has(kind))) this.#closeGate();
    if (this.#pass) this.#pass.abort();
    else this.#idle = this.#drain();
  }

  async #drain(): Promise<void> {
    while (this.#wanted.size > 0 && !this.#stopped) {
      const kinds = this.#wanted;
      const seenAt = this.#seenAt;
      const pass = new AbortController();
      this.#wanted = new Set();
      this.#pass = pass;
      try {
        await this.#runPass(kinds, seenAt, pass.signal);
      } catch (error) {
        // What the given-up pass had to look at still has to be looked at.
        if (error instanceof Superseded) for (const kind of kinds) this.#wanted.add(kind);
        else if (!(error instanceof Reported)) this.#report(error);
      }
      this.#pass = undefined;
    }
    this.#openGate();
  }

  async #runPass(kinds: ReadonlySet<ChangeKind>, seenAt: number, signal: AbortSignal): Promise<void> {
    const { artifacts, emit, lint, packer, settings, stage } = this.#options;
    const began = Date.now();
    artifacts.invalidate(kinds, [...this.#saved]);
    this.#saved.clear();
    if (PROJECT_KINDS.some((kind) => kinds.has(kind))) await this.#reloadProject(signal);
    if (kinds.has('config')) await settings.reload();
    let refreshed = false;
    const built = await artifacts.refresh(this.#project, signal, {
      // Later than this the published bundle answers with the same code anyway.
      onHandler: async (handler, permitted) => {
        if (!refreshed) await this.#showHandler(handler, permitted, { seenAt, signal });
      },
      // As long as nothing is live there is no good version that a type error could put at risk.
      typesDecide: stage.served() !== undefined,
    });
    refreshed = true;
    await this.#learnInputs(began);
    throwIfSuperseded(signal);
    const step = { emit, extension: stage.extension, signal };
    const bundle = await packArtifacts(step, packer, this.#project, built, stage.archiveTaker());
    await stage.ready();
    const context = stage.publishContext(signal, this.#forced);
    const publication = await publish(context, this.#project, bundle);
    this.#forced = false;
    if (this.#stopped) throw new Superseded();
    await settings.apply(context.platform.registry, publication?.rows.installId);
    if (publication) await stage.adopt(this.#project, publication);
    else await stage.endLiveHandler();
    this.#live(publication?.contentHash ?? stage.served(), seenAt, publication !== undefined);
    // Behind everything that somebody waits for.
    void packer.published(bundle);
    void lint.tell(this.#project);
    artifacts.checkTypesOnce(this.#project, this.#leaving.signal);
    if (publication) await stage.collectGarbage();
  }

  /** The first of a handler edit's two moments: the new code answers, and waiting requests get it. */
  async #showHandler(
    handler: HandlerImage,
    permitted: Promise<void>,
    { seenAt, signal }: { seenAt: number; signal: AbortSignal },
  ): Promise<void> {
    const { emit, stage } = this.#options;
    if (signal.aborted || !(await stage.showHandler(handler, permitted)) || signal.aborted) return;
    this.#openGate();
    const ms = Math.round(performance.now() - seenAt);
    emit({ type: 'live', extension: stage.extension, lane: 'handler', ms });
    // Packing would take the processor from the answers that somebody waits for.
    if (hasFewCores()) await within(stage.heldRequestsAnswered(), ANSWERS_FIRST_MS);
  }

  async #reloadProject(signal: AbortSignal): Promise<void> {
    const { emit, stage, loadProject, directory } = this.#options;
    this.#project = await runStep(
      { emit, extension: stage.extension, signal },
      'validate',
      () => loadProject(directory),
      (project) => project.summary,
    );
    for (const warning of this.#project.warnings) {
      emit({ type: 'warning', extension: stage.extension, ...warning });
    }
  }

  #live(contentHash: ContentHash | undefined, since: number, changed: boolean): void {
    const { emit, stage } = this.#options;
    const version = stage.version();
    emit({
      type: 'live',
      extension: stage.extension,
      lane: 'published',
      ms: Math.round(performance.now() - since),
      changed,
      ...(contentHash ? { contentHash } : {}),
      ...(version === undefined ? {} : { version }),
    });
  }

  /** Notes what the built files hold, so that saving them unchanged does nothing. */
  async #learnInputs(builtAfter: number): Promise<void> {
    const { handler, ui } = this.#options.artifacts.inputs();
    await this.#changes.learn([this.#project.manifestPath, ...handler, ...ui], builtAfter);
  }

  #closeGate(): void {
    this.#release ??= this.#options.stage.holdRequests();
  }

  get #stopped(): boolean {
    return this.#leaving.signal.aborted;
  }

  #openGate(): void {
    this.#release?.();
    this.#release = undefined;
  }

  #report(error: unknown): void {
    const { emit, stage } = this.#options;
    emit(errorEvent(error, { extension: stage.extension }));
  }
}
