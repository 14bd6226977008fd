import type { ErrorReport } from '../../core/errors/alga-error.js';
import type { Paint } from './paint.js';
import { safeLine, safeLines } from './units.js';

/** The fields of an error that people see; events and reports both have them. */
export type ShownError = Pick<ErrorReport, 'message' | 'hint'> &
  Partial<Pick<ErrorReport, 'cause' | 'file' | 'line' | 'column' | 'frame'>> & { readonly code: string };

/** `src/handler.ts:3:5`, or undefined when the error has no place. */
export function placeText(error: Pick<ShownError, 'file' | 'line' | 'column'>): string | undefined {
  if (error.file === undefined) return undefined;
  const parts = [error.file, error.line, error.column].filter((part) => part !== undefined);
  return safeLine(parts.join(':'));
}

/**
 * An error as every screen shows it: code and message, place, frame, cause, hint. All of it is made
 * safe to print, since messages carry text of compilers and of the author's code.
 */
export function errorLines(error: ShownError, paint: Paint): string[] {
  const [first = '', ...rest] = safeLines(error.message);
  const place = placeText(error);
  return [
    `${paint('red', `✗ ${error.code}`)} ${first}`,
    ...rest.map((line) => `  ${line}`),
    ...(place === undefined ? [] : [`  ${paint('cyan', place)}`]),
    ...(error.frame === undefined ? [] : frameLines(error.frame, paint)),
    ...(error.cause === undefined ? [] : [paint('dim', `  cause: ${causeText(error.cause)}`)]),
    `  ${paint('yellow', 'hint:')} ${safeLine(error.hint)}`,
  ];
}

/** What a cause says first: below it a bundler draws the source, which stands here as a frame already. */
function causeText(cause: string): string {
  return safeLine(safeLines(cause).find((line) => line.trim() !== '') ?? '');
}

/** A source frame, indented, its marked lines brighter than the rest. */
export function frameLines(frame: string, paint: Paint): string[] {
  return safeLines(frame).map((line) => {
    const marked = line.startsWith('>') || /^\s*\|\s*\^/.test(line);
    return `    ${marked ? line : paint('dim', line)}`;
  });
}
