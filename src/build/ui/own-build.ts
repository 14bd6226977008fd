import { algaError } from '../../core/errors/alga-error.js';
import type { BuildCommand } from '../../project/types.js';
import { runOwnCommand } from '../child/own-command.js';

/**
 * Runs the project's own build of its UI. Aborting ends the command.
 * Throws `UI_COMMAND_FAILED` with the end of its output.
 */
export async function runOwnBuild(build: BuildCommand, signal: AbortSignal): Promise<void> {
  const failure = await runOwnCommand(build, signal);
  if (!failure) return;
  const { command, detail, cause } = failure;
  throw algaError('UI_COMMAND_FAILED', { command, detail }, { cause });
}
