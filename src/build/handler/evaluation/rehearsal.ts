import { type CompiledEngine, evaluateHandler } from './engine-evaluation.js';

/** Quiet time after which the machine is thought to have nothing better to do. */
const QUIET_MS = 2_000;
/** By then V8 has compiled what matters for good; more would change nothing. */
const ENOUGH = 12;
const SOURCE = Buffer.from('export function handler() {}');

/**
 * Loads an empty handler some times while nobody waits. The first dozen evaluations in a process take two to
 * four times as long as later ones, since V8 compiles the engine's hot functions meanwhile.
 */
export class Rehearsal {
  readonly #engine: CompiledEngine;
  #evaluations = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(engine: CompiledEngine) {
    this.#engine = engine;
  }

  /** To be called before a real evaluation, which counts as one. */
  interrupt(): void {
    clearTimeout(this.#timer);
    this.#evaluations++;
  }

  /** Goes on with it after a quiet time. */
  schedule(): void {
    if (this.#evaluations < ENOUGH) this.#timer = setTimeout(() => this.#rehearse(), QUIET_MS);
  }

  #rehearse(): void {
    evaluateHandler(this.#engine, SOURCE, 'rehearsal.js');
    globalThis.gc?.();
    this.#evaluations++;
    // One at a time, so that a real question waits for one evaluation at most.
    if (this.#evaluations < ENOUGH) this.#timer = setTimeout(() => this.#rehearse(), 0);
  }
}
