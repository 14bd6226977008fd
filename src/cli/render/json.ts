import type { SessionEvent } from '../../dev/events.js';
import type { EventRenderer } from './plain.js';

/** Characters that JSON lets stand but that can drive a terminal or break a line: C1 controls, bidi marks, separators. */
const UNSAFE = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Renders session events as JSON lines: one object a line, `type` and `at` first, nothing that a
 * terminal could take for a command. The field names are stable; new ones may be added.
 */
export function createJsonRenderer(): EventRenderer {
  return (event) => [jsonLine(stable(event))];
}

/** One value as one line of JSON, safe to show in a terminal. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(
    UNSAFE,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A step is `started`, `done` or `failed` for machines; what it says meanwhile is a note. */
function stable(event: SessionEvent): object {
  const { type, at, ...rest } = event;
  if (event.type !== 'step' || event.state !== 'progress') return { type, at, ...rest };
  const { extension, step, detail } = event;
  return { type: 'note', at, ...(extension === undefined ? {} : { extension }), step, message: detail ?? '' };
}
