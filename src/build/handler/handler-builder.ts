import { join } from 'node:path';
import { unlessAborted } from '../../core/deadline.js';
import { ComponentAssembler } from './assembly/component-assembly.js';
import { requireHostInterfaces } from './bundling/host-interfaces.js';
import { parityWarnings } from './bundling/parity-warnings.js';
import { bundleHandler } from './bundling/source-bundle.js';
import { type Built, BuiltCache } from './cache/built-cache.js';
import { ContentCache } from './cache/content-cache.js';
import type { BuildLane, HandlerArtifact, HandlerBuilder, HandlerImage, HandlerInput } from './door.js';
import { HandlerLoading, type Loaded } from './handler-loading.js';
import type { ComponentLane, LaneJob } from './lane/component-lane.js';
import { GraftLane } from './lane/graft-lane.js';
import { LaneChain } from './lane/lane-chain.js';
import { OfficialLane } from './lane/official-lane.js';
import { SnapshotLane } from './lane/snapshot-lane.js';
import { templateSubject } from './lane/template-subject.js';
import type { EngineTemplate } from './template/engine-template.js';
import { prebuiltFolders } from './template/prebuilt-template.js';
import { TemplateProvider } from './template/template-provider.js';
import { type ComponentTools, findComponentTools } from './tools/component-tools.js';
import { projectDefinition } from './wit/interface-definition.js';

/** Images and components kept on disk: about sixty of the usual size. */
const CACHE_BYTES = 256 * 1024 * 1024;
/** A session is busy at its start; what the first edit needs waits until it has settled. */
const WARM_UP_AFTER_MS = 2_000;
const ALL_LANES: readonly BuildLane[] = ['snapshot', 'graft', 'official'];

export interface HandlerBuilderOptions {
  /** Folder for engine templates and earlier results; need not exist, and may be read-only or full. */
  readonly cacheDir: string;
  /** One line for people when something works, but slower than usual. */
  readonly onNote?: (text: string) => void;
  /** Ways to make components, in the order in which they are tried; all of them when left out. */
  readonly lanes?: readonly BuildLane[];
  /** The tools to use; those that are installed when left out. */
  readonly tools?: ComponentTools;
  /** Folders with shipped engine templates; those of the package when left out. */
  readonly prebuilt?: readonly string[];
}

/** Makes the builder of handlers. Its processes start with the first build. */
export function createHandlerBuilder(options: HandlerBuilderOptions): HandlerBuilder {
  const onNote = options.onNote ?? (() => undefined);
  const templates = new TemplateProvider({
    dir: join(options.cacheDir, 'templates'),
    prebuilt: options.prebuilt ?? prebuiltFolders(),
    onNote,
  });
  const make: Record<BuildLane, () => ComponentLane> = {
    snapshot: () => new SnapshotLane(templates),
    graft: () => new GraftLane(templates),
    official: () => new OfficialLane(),
  };
  const files = new ContentCache({
    dir: join(options.cacheDir, 'components'),
    limitBytes: CACHE_BYTES,
    onUnwritable: (reason) => onNote(`Built handlers cannot be kept for the next start: ${reason}`),
  });
  const chain = new LaneChain(
    (options.lanes ?? ALL_LANES).map((name) => make[name]()),
    onNote,
  );
  const { tools } = options;
  return new LaneHandlerBuilder(
    templates,
    chain,
    new BuiltCache(files),
    async () => tools ?? findComponentTools(),
  );
}

/** Bundles a handler, has it loaded, and makes its component from the template. */
class LaneHandlerBuilder implements HandlerBuilder {
  readonly #templates: TemplateProvider;
  readonly #chain: LaneChain;
  readonly #loading: HandlerLoading;
  readonly #findTools: () => Promise<ComponentTools>;
  /** By the keys of the templates that builds have used. */
  readonly #assemblers = new Map<string, ComponentAssembler>();
  readonly #leaving = new AbortController();
  #tools: Promise<ComponentTools> | undefined;
  #warmUp: NodeJS.Timeout | undefined;

  constructor(
    templates: TemplateProvider,
    chain: LaneChain,
    cache: BuiltCache,
    findTools: () => Promise<ComponentTools>,
  ) {
    this.#templates = templates;
    this.#chain = chain;
    this.#loading = new HandlerLoading(chain, cache);
    this.#findTools = findTools;
  }

  /** Loads what every build needs; its processes start when they are needed. */
  async start(): Promise<void> {
    this.#tools ??= this.#findTools();
    await Promise.all([this.#tools.catch(() => undefined), import('rolldown')]);
  }

  async stop(): Promise<void> {
    clearTimeout(this.#warmUp);
    this.#leaving.abort(new Error('the handler builder was stopped'));
    await Promise.all([this.#templates.stop(), this.#chain.stop(), this.#loading.settle()]);
  }

  async build(input: HandlerInput, signal: AbortSignal): Promise<HandlerArtifact> {
    return (await this.buildImage(input, signal)).assemble();
  }

  async buildImage(input: HandlerInput, signal: AbortSignal): Promise<HandlerImage> {
    const either = AbortSignal.any([signal, this.#leaving.signal]);
    either.throwIfAborted();
    const began = performance.now();
    this.#tools ??= this.#findTools();
    const surroundings = Promise.all([projectDefinition(input), this.#tools]);
    surroundings.then(
      ([definition, tools]) => this.#prepare({ definition, features: input.features, tools }),
      () => undefined,
    );
    const bundle = await bundleHandler(input, either);
    const [definition, tools] = await surroundings;
    await requireHostInterfaces(bundle, definition, input);
    const bundled = performance.now();
    const job: LaneJob = { bundle, definition, features: input.features, tools };
    const loaded = await this.#loading.load(job, input, either);
    const assembler = await this.#assemblerFor(loaded, either);
    const ms = { bundle: bundled - began, load: performance.now() - bundled };
    return handlerImage(loaded, assembler, ms);
  }

  templateComponent(templateKey: string): Uint8Array | undefined {
    return this.#assemblers.get(templateKey)?.templateComponent;
  }

  /** Fetches the template while the source is still being bundled. */
  #prepare(job: Omit<LaneJob, 'bundle'>): void {
    if (this.#chain.current.name !== 'official' && !this.#leaving.signal.aborted) {
      this.#templates.get(templateSubject(job), job.tools).catch(() => undefined);
    }
  }

  /** After a result from the cache the engine is not running yet; the next edit shall find it warm. */
  #warmUpLater(template: EngineTemplate, guestPath: string): void {
    const lane = this.#chain.current;
    if (!(lane instanceof SnapshotLane) || this.#leaving.signal.aborted) return;
    clearTimeout(this.#warmUp);
    this.#warmUp = setTimeout(() => lane.warmUp(template, guestPath), WARM_UP_AFTER_MS);
  }

  async #assemblerFor(loaded: Loaded, signal: AbortSignal): Promise<ComponentAssembler | undefined> {
    if (!('image' in loaded.built)) return undefined;
    const { job } = loaded;
    const template = await unlessAborted(this.#templates.get(templateSubject(job), job.tools), signal);
    const assembler = this.#assemblers.get(template.key) ?? new ComponentAssembler(template.component);
    this.#assemblers.set(template.key, assembler);
    if (loaded.fromCache) this.#warmUpLater(template, job.bundle.guestPath);
    return assembler;
  }
}

function handlerImage(
  loaded: Loaded,
  assembler: ComponentAssembler | undefined,
  ms: { bundle: number; load: number },
): HandlerImage {
  const { built, job, lane, fromCache, inputsHash } = loaded;
  const { bundle, definition } = job;
  const common = {
    inputsHash,
    inputs: [...bundle.inputs, definition.path],
    sourceMap: bundle.sourceMap,
    guestPath: bundle.guestPath,
    fromCache,
    warnings: [
      ...bundle.warnings,
      ...definition.warnings,
      ...(job.features === 'parity' ? parityWarnings(bundle) : []),
    ],
    lane,
  };
  let artifact: HandlerArtifact | undefined;
  const assemble = (): HandlerArtifact => {
    const began = performance.now();
    const component = componentOf(built, assembler);
    return {
      ...common,
      component,
      ms: { bundle: ms.bundle, component: ms.load + performance.now() - began },
    };
  };
  return {
    ...common,
    image: 'image' in built ? built.image : undefined,
    ms,
    assemble: () => {
      artifact ??= assemble();
      return artifact;
    },
  };
}

function componentOf(built: Built, assembler: ComponentAssembler | undefined): Uint8Array {
  if ('component' in built) return built.component;
  if (assembler === undefined) throw new Error('an image without a template to assemble it with');
  return assembler.assemble(built.image);
}
