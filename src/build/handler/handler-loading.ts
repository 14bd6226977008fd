import { createHash } from 'node:crypto';
import { algaError, textOf } from '../../core/errors/alga-error.js';
import type { Built, BuiltCache } from './cache/built-cache.js';
import type { BuildLane, HandlerInput } from './door.js';
import type { LaneJob } from './lane/component-lane.js';
import type { LaneChain } from './lane/lane-chain.js';
import { templateSubject } from './lane/template-subject.js';
import { templateKey } from './template/engine-template.js';
import { RefusedWit } from './template/template-provider.js';
import { builtInDefinition, inPlaceOf } from './wit/interface-definition.js';

/** A loaded handler with the job it was loaded for. */
export interface Loaded {
  readonly built: Built;
  readonly job: LaneJob;
  readonly lane: BuildLane;
  readonly fromCache: boolean;
  readonly inputsHash: string;
}

/** Loads bundled handlers: from the cache, or by the first lane that works. */
export class HandlerLoading {
  readonly #chain: LaneChain;
  readonly #cache: BuiltCache;

  constructor(chain: LaneChain, cache: BuiltCache) {
    this.#chain = chain;
    this.#cache = cache;
  }

  /**
   * Loads a handler; with the built-in interface definition when the tools refuse the project's. Throws
   * `HANDLER_*` and `COMPONENT_*` errors and the signal's reason.
   */
  async load(job: LaneJob, input: HandlerInput, signal: AbortSignal): Promise<Loaded> {
    try {
      return await this.#attempt(job, signal);
    } catch (error) {
      if (!(error instanceof RefusedWit)) throw error;
      const reason = textOf(error).split('\n', 1)[0] ?? '';
      if (job.definition.text === (await builtInDefinition()).text) {
        throw algaError('COMPONENT_FAILED', { detail: reason }, { cause: error });
      }
      const definition = await inPlaceOf(job.definition.path, reason, input);
      return this.#attempt({ ...job, definition }, signal);
    }
  }

  /** Waits until what was loaded is in the cache. */
  settle(): Promise<void> {
    return this.#cache.settle();
  }

  async #attempt(job: LaneJob, signal: AbortSignal): Promise<Loaded> {
    const inputsHash = hashOf(job);
    const first = this.#chain.current.name;
    const cached = await this.#cache.read(inputsHash, first);
    signal.throwIfAborted();
    if (cached) return { built: cached, job, lane: first, fromCache: true, inputsHash };
    const { lane, ...built } = await this.#chain.build(job, signal);
    this.#cache.keep(inputsHash, lane, built);
    return { built, job, lane, fromCache: false, inputsHash };
  }
}

function hashOf(job: LaneJob): string {
  const facts = [templateKey(templateSubject(job), job.tools), job.bundle.guestPath, job.bundle.code];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}
