import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { algaError } from '../../core/errors/alga-error.js';
import { bundleHandler, type SourceBundle } from './bundling/source-bundle.js';
import { ContentCache } from './cache/content-cache.js';
import type { HandlerArtifact, HandlerBuilder, HandlerInput } from './door.js';
import { evaluationFailure } from './evaluation/evaluation-failure.js';
import { OfficialBuild, type OfficialReply } from './official/official-build.js';
import { type ComponentTools, findComponentTools } from './tools/component-tools.js';
import { enabledFeaturesOf } from './wit/engine-features.js';
import {
  builtInDefinition,
  type InterfaceDefinition,
  inPlaceOf,
  projectDefinition,
  WORLD,
} from './wit/interface-definition.js';

/** Built components kept on disk, about twenty of the usual size. */
const CACHE_BYTES = 256 * 1024 * 1024;

export interface HandlerBuilderOptions {
  readonly cacheDir: string;
  /** One line for people when something works, but slower than usual. */
  readonly onNote?: (text: string) => void;
}

interface Component {
  readonly bytes: Uint8Array;
  readonly fromCache: boolean;
  readonly inputsHash: string;
  readonly definition: InterfaceDefinition;
}

/** Makes the builder of handlers. It starts its processes when they are first needed. */
export function createHandlerBuilder(options: HandlerBuilderOptions): HandlerBuilder {
  return new OfficialHandlerBuilder(options);
}

class OfficialHandlerBuilder implements HandlerBuilder {
  readonly #cache: ContentCache;
  readonly #official = new OfficialBuild();
  #tools: Promise<ComponentTools> | undefined;

  constructor(options: HandlerBuilderOptions) {
    this.#cache = new ContentCache({
      dir: join(options.cacheDir, 'components'),
      limitBytes: CACHE_BYTES,
      onUnwritable: (reason) => options.onNote?.(`Components are not kept between builds: ${reason}`),
    });
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {
    await this.#official.stop();
  }

  async build(input: HandlerInput, signal: AbortSignal): Promise<HandlerArtifact> {
    const began = performance.now();
    const bundle = await bundleHandler(input, signal);
    const bundled = performance.now();
    const { bytes, fromCache, inputsHash, definition } = await this.#component(input, bundle, signal);
    return {
      component: bytes,
      inputsHash,
      inputs: [...bundle.inputs, definition.path],
      sourceMap: bundle.sourceMap,
      guestPath: bundle.guestPath,
      fromCache,
      warnings: [...bundle.warnings, ...definition.warnings],
      lane: 'official',
      ms: { bundle: bundled - began, component: performance.now() - bundled },
    };
  }

  async #component(input: HandlerInput, bundle: SourceBundle, signal: AbortSignal): Promise<Component> {
    const own = await projectDefinition(input);
    const builtIn = await builtInDefinition();
    const first = await this.#attempt(own ?? builtIn, input, bundle, signal);
    if ('bytes' in first) return first;
    if (own === undefined || !first.refusedWit) throw failureOf(first, bundle);
    const replacement = inPlaceOf(own, builtIn, firstLine(first.failure), input);
    const second = await this.#attempt(replacement, input, bundle, signal);
    if ('bytes' in second) return second;
    throw failureOf(second, bundle);
  }

  async #attempt(
    definition: InterfaceDefinition,
    input: HandlerInput,
    bundle: SourceBundle,
    signal: AbortSignal,
  ): Promise<Component | Extract<OfficialReply, { failure: string }>> {
    this.#tools ??= findComponentTools();
    const inputsHash = hashOf(input, bundle, definition, await this.#tools);
    const cached = await this.#cache.read(inputsHash);
    if (cached) return { bytes: cached, fromCache: true, inputsHash, definition };
    const { code, guestPath } = bundle;
    const question = {
      source: code,
      guestPath,
      wit: definition.text,
      world: WORLD,
      features: input.features,
    };
    const reply = await this.#official.build(question, signal);
    if ('failure' in reply) return reply;
    await this.#cache.write(inputsHash, [reply.component]);
    return { bytes: reply.component, fromCache: false, inputsHash, definition };
  }
}

function failureOf(reply: Extract<OfficialReply, { failure: string }>, bundle: SourceBundle): Error {
  if (reply.refusedWit) return algaError('COMPONENT_FAILED', { detail: firstLine(reply.failure) });
  return evaluationFailure(reply.failure, bundle);
}

function hashOf(
  input: HandlerInput,
  bundle: SourceBundle,
  definition: InterfaceDefinition,
  tools: ComponentTools,
): string {
  const facts = [
    tools.engineHash,
    tools.componentizerVersion,
    tools.transpilerVersion,
    enabledFeaturesOf(input.features).join(','),
    WORLD,
    definition.text,
    bundle.guestPath,
    bundle.code,
  ];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
