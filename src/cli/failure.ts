import { styleText } from 'node:util';
import { type ErrorReport, reportError } from '../core/errors/alga-error.js';
import { printable } from '../core/terminal-text.js';

/**
 * Prints a failure the way every command does and sets the exit code: for people on stderr (message,
 * place, frame, cause, hint), with `json` as one object on stdout.
 */
export function fail(error: unknown, options: { json: boolean; verbose: boolean }): void {
  const report = reportError(error);
  process.exitCode = report.exitCode;
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ type: 'error', at: new Date().toISOString(), ...report })}\n`);
    return;
  }
  process.stderr.write(`${failureLines(report).join('\n')}\n`);
  if (options.verbose || report.code === 'INTERNAL') process.stderr.write(`${stackOf(error)}\n`);
}

/** The lines of a failure for people. Colours only where the terminal and NO_COLOR allow them. */
export function failureLines(report: ErrorReport): string[] {
  const paint = (style: 'red' | 'dim' | 'cyan', text: string): string =>
    styleText(style, text, { stream: process.stderr });
  const place = report.file ? `${report.file}:${report.line}:${report.column}` : undefined;
  return [
    `${paint('red', `error ${report.code}`)} ${printable(report.message)}`,
    ...(place ? [`  at ${printable(place)}`] : []),
    ...(report.frame ? printable(report.frame).split('\n') : []),
    ...(report.cause ? [paint('dim', `  cause: ${printable(report.cause)}`)] : []),
    `  ${paint('cyan', 'hint')} ${printable(report.hint)}`,
  ];
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
