import type { ErrorEvent } from '../../dev/events.js';
import type { ErrorView } from '../state.js';
import { frameLines, placeText } from '../text/error-lines.js';
import type { Paint } from '../text/paint.js';
import { cut, safeLine, safeLines, wrapped } from '../text/units.js';

const MESSAGE_ROWS = 3;
const HINT_ROWS = 2;
const INDENT = 2;

/** The first of some errors, in a box of `rows` lines; how many more there are stands at its end. */
export function problemsLines(
  errors: readonly ErrorView[],
  box: { width: number; rows: number; paint: Paint },
): string[] {
  const [first, ...more] = errors;
  if (first === undefined || box.rows <= 0) return [];
  if (more.length === 0) return problemLines(first.event, box);
  const count = box.paint('dim', `  and ${more.length} more, in the log above`);
  return [...problemLines(first.event, { ...box, rows: box.rows - 1 }), count];
}

/**
 * An error in a box of `rows` lines of `width` characters. What it is and where always stay; the
 * frame is shortened first, around its marked line.
 */
function problemLines(error: ErrorEvent, box: { width: number; rows: number; paint: Paint }): string[] {
  const { width, rows, paint } = box;
  const inner = width - INDENT;
  const [first = '', ...rest] = wrapped(`✗ ${error.code} ${safeLine(error.message)}`, width, MESSAGE_ROWS);
  const message = [paint('red', first), ...rest.map((line) => paint('red', line))];
  const place = placeText(error);
  const where = place === undefined ? [] : [`  ${paint('cyan', cut(place, inner))}`];
  const hint = wrapped(`hint: ${safeLine(error.hint)}`, inner, HINT_ROWS).map(
    (line) => `  ${paint('yellow', line)}`,
  );
  const room = rows - message.length - where.length - hint.length;
  const frame = error.frame === undefined ? [] : clippedFrame(error.frame, room, inner, paint);
  return [...message, ...where, ...frame, ...hint].slice(0, rows);
}

function clippedFrame(frame: string, rows: number, width: number, paint: Paint): string[] {
  const lines = safeLines(frame).map((line) => cut(line, width - INDENT));
  if (rows <= 0) return [];
  const marked = Math.max(
    0,
    lines.findIndex((line) => line.startsWith('>')),
  );
  const before = Math.max(0, Math.min(marked - Math.floor((rows - 2) / 2), lines.length - rows));
  return frameLines(lines.slice(before, before + rows).join('\n'), paint);
}
