import { printable } from '../terminal-text.js';
import { catalogue, type ErrorCode, type ErrorParams } from './catalogue.js';
import type { ErrorSpec, ExitCode } from './define.js';

/** Where in the author's source an error is. Lines and columns count from 1. */
export interface SourceLocation {
  /** Path relative to the project root, with forward slashes. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** A few source lines around the place, with a marker; no colours. */
  readonly frame?: string;
}

/** A failure the user can act on. Everything else that is thrown is a bug. */
export class AlgaError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly exitCode: ExitCode;
  readonly location: SourceLocation | undefined;

  constructor(
    code: ErrorCode,
    text: { message: string; hint: string; exitCode: ExitCode },
    options: { cause?: unknown; location?: SourceLocation } = {},
  ) {
    super(text.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AlgaError';
    this.code = code;
    this.hint = text.hint;
    this.exitCode = text.exitCode;
    this.location = options.location;
  }
}

/**
 * Makes the catalogue's error `code` with its parameters filled in.
 * `cause` is the underlying error, `location` the place in the author's source.
 */
export function algaError<C extends ErrorCode>(
  code: C,
  params: ErrorParams<C>,
  options: { cause?: unknown; location?: SourceLocation } = {},
): AlgaError {
  const row = catalogue[code] as unknown as ErrorSpec<ErrorParams<C>>;
  return new AlgaError(
    code,
    { message: row.message(params), hint: row.hint(params), exitCode: row.exitCode },
    options,
  );
}

/** The one form in which errors leave the product: terminal, page and JSON print these fields. */
export interface ErrorReport {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly exitCode: ExitCode;
  /** Text of the underlying error, when there is one. */
  readonly cause?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly frame?: string;
}

/** Turns anything thrown into an {@link ErrorReport}; unknown errors become `INTERNAL`. */
export function reportError(thrown: unknown): ErrorReport {
  const error =
    thrown instanceof AlgaError
      ? thrown
      : algaError('INTERNAL', { detail: textOf(thrown) }, { cause: thrown });
  const { location } = error;
  return {
    code: error.code,
    message: error.message,
    hint: error.hint,
    exitCode: error.exitCode,
    ...(error.cause === undefined || error.code === 'INTERNAL'
      ? {}
      : { cause: printable(textOf(error.cause)) }),
    ...(location === undefined
      ? {}
      : { file: location.file, line: location.line, column: location.column, frame: location.frame }),
  };
}

/** The message of anything thrown, including errors that only carry a code or nested errors. */
export function textOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.message === '') {
    return thrown.errors.map(textOf).join('; ');
  }
  if (thrown instanceof Error) {
    return thrown.message || ('code' in thrown ? String(thrown.code) : thrown.name);
  }
  return String(thrown);
}
