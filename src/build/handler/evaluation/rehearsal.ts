import { cpus } from 'node:os';
import { type CompiledEngine, evaluateHandler } from './engine-evaluation.js';

/** Quiet time after which the machine may have nothing better to do. */
const QUIET_MS = 2_000;
/** What of its processors' time must have been idle meanwhile: it is other programs' machine as well. */
const IDLE_SHARE = 0.2;
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

  /** Begins after the first quiet time in which the machine was idle. */
  schedule(): void {
    const before = processorTimes();
    this.#timer = setTimeout(() => {
      if (idleShare(before, processorTimes()) < IDLE_SHARE) this.schedule();
      else this.#rehearse();
    }, QUIET_MS);
  }

  #rehearse(): void {
    evaluateHandler(this.#engine, () => SOURCE, 'rehearsal.js');
    globalThis.gc?.();
    this.#evaluations++;
    // One at a time, so that a real question waits for one evaluation at most.
    this.#timer = setTimeout(() => (this.#evaluations < ENOUGH ? this.#rehearse() : this.#onOver()), 0);
  }
}

interface ProcessorTimes {
  readonly idle: number;
  readonly all: number;
}

/** Times of all processors together since the machine was started. */
function processorTimes(): ProcessorTimes {
  const times = cpus().map((cpu) => cpu.times);
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
  return {
    idle: sum(times.map(({ idle }) => idle)),
    all: sum(times.flatMap((each) => Object.values(each))),
  };
}

/** 1 where nothing is known of the processors. */
function idleShare(before: ProcessorTimes, after: ProcessorTimes): number {
  const all = after.all - before.all;
  return all <= 0 ? 1 : (after.idle - before.idle) / all;
}
