import type { ExtensionView, ViewState } from '../state.js';
import type { Paint } from '../text/paint.js';
import { headLine, urlLines } from './extension.js';
import { helpLines, keyBar } from './key-lines.js';
import { problemsLines } from './problem.js';
import { spinner, stepLines } from './steps.js';

/** The terminal's size, the time, and how to paint. */
export interface ScreenFrame {
  readonly columns: number;
  readonly rows: number;
  /** Milliseconds of the epoch. */
  readonly now: number;
  readonly paint: Paint;
}

/**
 * The live part is drawn no wider than this, so that a terminal that is made narrower (down to 80
 * columns) has nothing to re-wrap and no line is left behind.
 */
const MAX_WIDTH = 79;
/** And no higher, so that it fits 24 rows with a rest of the log above it. */
const MAX_ROWS = 21;
const MIN_ROWS = 3;
/** Rows of one extension when there are several: head, page, steps. */
const COMPACT_ROWS = 3;
const STEP_ROWS = 3;

/**
 * The lines of the live part of the screen, from a state. Never more lines than fit the terminal
 * with three rows to spare, and none wider than it. Pure.
 */
export function screenLines(state: ViewState, frame: ScreenFrame): string[] {
  if (state.phase === 'gone') return [];
  const { paint, now } = frame;
  const width = Math.max(1, Math.min(frame.columns - 1, MAX_WIDTH));
  const rows = Math.max(MIN_ROWS, Math.min(frame.rows - 3, MAX_ROWS));
  const box = { width, now, paint };
  if (state.phase === 'leaving') return ['', `${paint('cyan', spinner(now))} stopping …`];
  const bar = keyBar(
    state.filter,
    state.extensions.some(({ mendable }) => mendable === true),
    paint,
  );
  if (state.help) return ['', ...helpLines(paint), bar].slice(-rows);
  const shared = sharedLines(state, { ...box, rows: Math.floor(rows / 2) });
  const room = rows - shared.length - 2;
  const { extensions, selected } = state;
  const single = extensions.length === 1 ? extensions[0] : undefined;
  const body =
    single === undefined
      ? severalLines(extensions, selected, { ...box, rows: room })
      : singleLines(single, { ...box, rows: room });
  return ['', ...shared, ...body, bar];
}

interface Box {
  readonly width: number;
  readonly rows: number;
  readonly now: number;
  readonly paint: Paint;
}

/** The stack's steps until it stands, and errors that concern no single extension. */
function sharedLines(state: ViewState, box: Box): string[] {
  const standing = state.shared.every(({ state: step }) => step === 'done');
  const steps = standing && state.extensions.some(({ urls }) => urls !== undefined) ? [] : state.shared;
  const lines = stepLines(steps, { ...box, rows: 2 });
  if (state.errors.length === 0) return lines;
  return [...lines, ...problemsLines(state.errors, { ...box, rows: box.rows - lines.length })];
}

function singleLines(view: ExtensionView, box: Box): string[] {
  const head = headLine(view, { ...box, selected: false });
  const steps = stepLines(view.steps, { ...box, rows: STEP_ROWS });
  const left = box.rows - 1 - steps.length;
  if (view.errors.length === 0)
    return [head, ...urlLines(view, { ...box, rows: left }), ...steps].slice(0, box.rows);
  const urls = urlLines(view, { ...box, rows: Math.min(2, left) });
  const problem = problemsLines(view.errors, { ...box, rows: left - urls.length });
  return [head, ...urls, ...steps, ...problem].slice(0, box.rows);
}

/** Several extensions share the rows: one line each, with page and steps, or the error, where there is room. */
function severalLines(
  extensions: readonly ExtensionView[],
  selected: string | undefined,
  box: Box,
): string[] {
  const heads = (view: ExtensionView) => headLine(view, { ...box, selected: view.name === selected });
  const shown = extensions.slice(0, Math.max(1, box.rows));
  const focus = shown.find(({ name }) => name === selected) ?? shown.find(({ errors }) => errors.length > 0);
  let spare = box.rows - shown.length;
  const perExtension = Math.min(COMPACT_ROWS - 1, Math.floor(spare / Math.max(1, shown.length)));
  const errorRows = Math.min(9, spare - perExtension * (shown.length - 1));
  return shown.flatMap((view) => {
    const more =
      view === focus && view.errors.length > 0 && errorRows > 1
        ? problemsLines(view.errors, { ...box, rows: errorRows })
        : [...urlLines(view, { ...box, rows: 1 }), ...stepLines(view.steps, { ...box, rows: 1 })].slice(
            0,
            perExtension,
          );
    const kept = more.slice(0, Math.max(0, spare));
    spare -= kept.length;
    return [heads(view), ...kept];
  });
}
