import { KEYS } from '../keys.js';
import type { LogFilter } from '../state.js';
import type { Paint } from '../text/paint.js';

/** The bar at the bottom: every key with a word, on one line of 79 characters. */
export function keyBar(filter: LogFilter, paint: Paint): string {
  return KEYS.filter(({ short }) => short !== undefined)
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
