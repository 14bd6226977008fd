import type { StepView } from '../state.js';
import type { Paint } from '../text/paint.js';
import { cut, durationText, safeLine } from '../text/units.js';

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;
const FRAME_MS = 100;
const GAP = '  ';
const MAX_DETAIL = 40;

/** The spinner's picture at a time. */
export function spinner(now: number): string {
  return SPINNER[Math.floor(now / FRAME_MS) % SPINNER.length] ?? '·';
}

interface Piece {
  readonly plain: string;
  readonly styled: string;
}

/** Steps side by side with their times, on lines of at most `width` characters, at most `rows` of them. */
export function stepLines(
  steps: readonly StepView[],
  frame: { width: number; rows: number; now: number; paint: Paint },
): string[] {
  const lines: Piece[][] = [[]];
  let used = 0;
  for (const piece of steps.map((step) => pieceOf(step, frame.now, frame.paint))) {
    const needed = piece.plain.length + (used === 0 ? 0 : GAP.length);
    if (used > 0 && used + needed > frame.width) {
      lines.push([]);
      used = 0;
    }
    lines.at(-1)?.push(piece);
    used += used === 0 ? piece.plain.length : needed;
  }
  const texts = lines
    .filter((line) => line.length > 0)
    .map((line) => line.map(({ styled }) => styled).join(GAP));
  // The newest steps matter most when there is no room for all.
  return texts.slice(Math.max(0, texts.length - frame.rows));
}

function pieceOf({ step, state, since, ms, detail }: StepView, now: number, paint: Paint): Piece {
  if (state === 'running') {
    const said = detail === undefined ? '' : ` ${cut(safeLine(detail), MAX_DETAIL)}`;
    const time = durationText(Math.max(0, now - since));
    const picture = spinner(now);
    return {
      plain: `${picture} ${step}${said} ${time}`,
      styled: `${paint('cyan', picture)} ${step}${said} ${paint('dim', time)}`,
    };
  }
  const mark = state === 'done' ? '✓' : '✗';
  const result = ms === undefined ? '' : ` ${durationText(ms)}`;
  return {
    plain: `${mark} ${step}${result}`,
    styled: `${paint(state === 'done' ? 'green' : 'red', mark)} ${step}${paint('dim', result)}`,
  };
}
