import { readFile } from 'node:fs/promises';
import { algaError } from '../../core/errors/alga-error.js';
import type { BuildCommand } from '../../project/types.js';
import { runOwnCommand } from '../child/own-command.js';

/**
 * Gives the bytes of a component that is not built from a handler here: made by the project's own
 * command in any language (run first when there is one), or left in the project as it is.
 *
 * Throws `COMPONENT_COMMAND_FAILED` with the end of the command's output, and
 * `COMPONENT_OUTPUT_MISSING` when there is no file to read.
 */
export async function ownComponent(
  component: { file: string; build?: BuildCommand | undefined },
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { file, build } = component;
  if (build) {
    const failure = await runOwnCommand(build, signal);
    if (failure) {
      const { command, detail, cause } = failure;
      throw algaError('COMPONENT_COMMAND_FAILED', { command, detail }, { cause });
    }
  }
  try {
    return await readFile(file);
  } catch (cause) {
    const maker = build?.command.join(' ');
    throw algaError('COMPONENT_OUTPUT_MISSING', { file, maker }, { cause });
  }
}
