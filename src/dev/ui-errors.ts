import type { Emit } from './event-stream.js';
import type { UnstampedEvent } from './events.js';

/** The live server and the build meet the same broken UI; the author hears of it once for each save. */
export class UiErrors {
  /** The error that stands, and whether the build has met it. */
  #told: string | undefined;
  #metByBuild = false;

  /** For what the live server tells: nothing that stands already. */
  ofLive(emit: Emit): Emit {
    return (event) => {
      if (event.type === 'error') {
        const text = textOf(event);
        if (text === this.#told) return;
        this.#told = text;
        this.#metByBuild = false;
      }
      emit(event);
    };
  }

  /** For what the build tells: an error that the live server has told for the same save is not said again. */
  ofBuild(emit: Emit): Emit {
    return (event) => {
      if (event.type === 'step' && event.state === 'done') this.#told = undefined;
      if (event.type === 'error') {
        const text = textOf(event);
        const known = text === this.#told && !this.#metByBuild;
        this.#told = text;
        this.#metByBuild = true;
        if (known) return;
      }
      emit(event);
    };
  }
}

function textOf({ code, message, file, line, column }: Extract<UnstampedEvent, { type: 'error' }>): string {
  return JSON.stringify([code, message, file, line, column]);
}
