import type { ValidationProblem } from '../../project/inspect/index.js';
import type { Diagnostic } from '../../project/types.js';
import { frameLines, placeText } from '../../tui/text/error-lines.js';
import type { Paint } from '../../tui/text/paint.js';
import { safeLine } from '../../tui/text/units.js';

/** A warning as lines for people: code and message, place, hint. */
export function diagnosticLines(finding: Diagnostic, paint: Paint): string[] {
  const place = placeText(finding);
  return [
    `${paint('yellow', `! ${finding.code}`)} ${safeLine(finding.message)}`,
    ...(place === undefined ? [] : [`  ${paint('cyan', place)}`]),
    ...(finding.hint === undefined ? [] : [`  ${paint('yellow', 'hint:')} ${safeLine(finding.hint)}`]),
  ];
}

/** A broken rule as lines for people: code and message, place, frame. */
export function problemLines(problem: ValidationProblem, paint: Paint): string[] {
  const place = placeText(problem);
  return [
    `${paint('red', `✗ ${problem.code}`)} ${safeLine(problem.message)}`,
    ...(place === undefined ? [] : [`  ${paint('cyan', place)}`]),
    ...(problem.frame === undefined ? [] : frameLines(problem.frame, paint)),
  ];
}
