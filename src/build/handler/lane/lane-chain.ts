import { AlgaError, algaError, textOf } from '../../../core/errors/alga-error.js';
import { RefusedWit } from '../template/template-provider.js';
import type { ComponentLane, LaneJob, LaneResult } from './component-lane.js';

/** What a lane that cannot be used costs, for the note about it. */
const WITHOUT: Record<ComponentLane['name'], string> = {
  snapshot: 'Handlers are built by the native snapshot tool, about 0.3 s each',
  graft: 'Handlers are built by the official tools, some seconds each',
  official: '',
};

/** Result of the first lane that works. */
export type ChainResult = LaneResult & { readonly lane: ComponentLane['name'] };

/**
 * Tries the ways to make a component in their order. One that turns out to be closed is noted once and not
 * tried again; what is wrong with the handler itself is not retried in another way.
 */
export class LaneChain {
  readonly #lanes: readonly ComponentLane[];
  readonly #onNote: (text: string) => void;
  #first = 0;

  constructor(lanes: readonly ComponentLane[], onNote: (text: string) => void) {
    this.#lanes = lanes;
    this.#onNote = onNote;
  }

  /** The lane that is tried first now. */
  get current(): ComponentLane {
    const lane = this.#lanes[this.#first];
    if (lane === undefined) throw new Error('no lane is left');
    return lane;
  }

  /** Throws what is the author's to mend, `RefusedWit`, the signal's reason, or COMPONENT_FAILED. */
  async build(job: LaneJob, signal: AbortSignal): Promise<ChainResult> {
    for (;;) {
      const position = this.#first;
      const lane = this.current;
      try {
        return { ...(await lane.build(job, signal)), lane: lane.name };
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof AlgaError || error instanceof RefusedWit) throw error;
        const detail = textOf(error).split('\n', 1)[0] ?? '';
        if (position + 1 >= this.#lanes.length) {
          throw algaError('COMPONENT_FAILED', { detail }, { cause: error });
        }
        if (this.#first === position) {
          this.#first++;
          this.#onNote(`${WITHOUT[lane.name]}: the faster way is closed (${detail}).`);
        }
      }
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.stop()));
  }
}
