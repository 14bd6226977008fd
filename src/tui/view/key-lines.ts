import { KEYS } from '../keys.js';
import type { LogFilter } from '../state.js';
import type { Paint } from '../text/paint.js';

/**
 * The bar at the bottom: every key with a word, on one line of 79 characters. `mendable` says that the doctor
 * has something to mend; what clears the screen gives its place up to that.
 */
export function keyBar(filter: LogFilter, mendable: boolean, paint: Paint): string {
  return KEYS.filter(({ short }) => short !== undefined)
    .filter(({ when, does }) => (mendable ? !('view' in does && does.view === 'clear') : when === undefined))
    .map(({ label, short, does }) => {
      const word = 'view' in does && does.view === 'filter' ? `${short}:${filter}` : short;
      return `${paint('bold', label)} ${paint('dim', word ?? '')}`;
    })
    .join(' ');
}

/** The key table in words. */
export function helpLines(paint: Paint): string[] {
  return KEYS.map(({ label, help }) => `  ${paint('bold', label.padEnd(4))} ${help}`);
}
