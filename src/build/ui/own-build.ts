import { algaError } from '../../core/errors/alga-error.js';
import type { BuildCommand } from '../../project/types.js';

const DETAIL_LINES = 8;

/**
 * Runs the project's own build of its UI, without a shell. Aborting ends the command.
 * Throws `UI_COMMAND_FAILED` with the end of its output.
 */
export async function runOwnBuild(build: BuildCommand, signal: AbortSignal): Promise<void> {
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
  if (!result.failed) return;
  const lines = (result.all ?? '').split('\n').filter((line) => line.trim() !== '');
  const detail = lines.slice(-DETAIL_LINES).join('\n') || (result.shortMessage ?? 'no output');
  throw algaError('UI_COMMAND_FAILED', { command: build.command.join(' '), detail }, { cause: result.cause });
}
