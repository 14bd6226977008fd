import type { Command } from 'commander';
import type { z } from 'zod';
import { algaError } from '../core/errors/alga-error.js';

/** What schemas are made with; loaded when options are read, because `--help` need not wait for that. */
export type Zod = typeof import('zod');

/** The options every command shares, wherever on the command line they were given. */
export function globalOptions(command: Command): { json: boolean; verbose: boolean } {
  const { json, verbose } = command.optsWithGlobals();
  return { json: json === true, verbose: verbose === true };
}

/** The options of a command in the shape of its schema. Throws `CLI_OPTION_INVALID` for a value that is no choice. */
export async function flagsOf<S extends z.ZodObject>(
  flags: (zod: Zod) => S,
  command: Command,
): Promise<z.infer<S>> {
  const given = command.opts();
  const parsed = flags(await import('zod')).safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = String(issue?.path[0] ?? '');
  throw algaError('CLI_OPTION_INVALID', {
    command: nameOf(command),
    option: `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    value: String(given[name]),
    expected:
      issue?.code === 'invalid_value' ? issue.values.join(' or ') : (issue?.message ?? 'another value'),
  });
}

/** The whole name of a command: `alga add ui`. */
function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}
