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
  readonly #onOver: () => void;
  #evaluations = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `onOver` is called when there have been enough, from a call of its own. */
  constructor(engine: CompiledEngine, onOver: () => void) {
    this.#engine = engine;
    this.#onOver = onOver;
  }

  /** To be called before a real evaluation: those that follow it do as well. */
  end(): void {
    clearTimeout(this.#timer);
  }

  /** Begins after a quiet time. */
  schedule(): void {
    this.#timer = setTimeout(() => this.#rehearse(), QUIET_MS);
  }

  #rehearse(): void {
    evaluateHandler(this.#engine, () => SOURCE, 'rehearsal.js');
    globalThis.gc?.();
    this.#evaluations++;
    // One at a time, so that a real question waits for one evaluation at most.
    this.#timer = setTimeout(() => (this.#evaluations < ENOUGH ? this.#rehearse() : this.#onOver()), 0);
  }
}
