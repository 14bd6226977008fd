/**
 * Exit codes of the `alga` command. Stable: scripts rely on them.
 * 1 something in the project is wrong, 2 the command line is wrong,
 * 3 a service this machine should offer is missing or down, 70 a bug of ours.
 */
export type ExitCode = 1 | 2 | 3 | 70;

/** One row of the error catalogue: how a coded error reads for given parameters. */
export interface ErrorSpec<P> {
  readonly exitCode: ExitCode;
  /** One sentence, no trailing newline, no colours. */
  readonly message: (params: P) => string;
  /** What to do next; names the exact command when there is one. */
  readonly hint: (params: P) => string;
}

/** Declares one catalogue row; `P` is the type of the parameters its texts need. */
export function spec<P extends object>(
  exitCode: ExitCode,
  message: (params: P) => string,
  hint: (params: P) => string,
): ErrorSpec<P> {
  return { exitCode, message, hint };
}
