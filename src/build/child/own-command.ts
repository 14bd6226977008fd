import type { BuildCommand } from '../../project/types.js';

/** As much of the output as helps: what went wrong usually stands at its end. */
const DETAIL_LINES = 8;

/** How a project's own build command failed. */
export interface CommandFailure {
  readonly command: string;
  /** The end of its output. */
  readonly detail: string;
  readonly cause: unknown;
}

/**
 * Runs a project's own build command in its folder, without a shell. Gives `undefined` when it exits
 * with 0. Aborting ends the command and throws the signal's reason.
 */
export async function runOwnCommand(
  build: BuildCommand,
  signal: AbortSignal,
): Promise<CommandFailure | undefined> {
  const { execa } = await import('execa');
  const [program = '', ...args] = build.command;
  const result = await execa(program, args, {
    cwd: build.cwd,
    all: true,
    reject: false,
    cancelSignal: signal,
    forceKillAfterDelay: 1_000,
    stdin: 'ignore',
  });
  signal.throwIfAborted();
  if (!result.failed) return undefined;
  const lines = (result.all ?? '').split('\n').filter((line) => line.trim() !== '');
  const detail = lines.slice(-DETAIL_LINES).join('\n') || (result.shortMessage ?? 'no output');
  return { command: build.command.join(' '), detail, cause: result.cause };
}
