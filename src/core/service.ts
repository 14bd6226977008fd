/** A long-lived thing: started once, stopped once; `stop` may be called again and does nothing then. */
export interface Service {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A stack of things to undo, undone in reverse order. One failing step does not keep the others
 * from running; the failures are thrown together at the end.
 */
export class Cleanup {
  readonly #steps: Array<() => Promise<void> | void> = [];

  add(step: () => Promise<void> | void): void {
    this.#steps.push(step);
  }

  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, 'several clean-up steps failed');
  }
}
