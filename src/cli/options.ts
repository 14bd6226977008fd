import type { Command } from 'commander';
import { z } from 'zod';
import { algaError } from '../core/errors/alga-error.js';

const schema = z.object({ json: z.boolean().default(false), verbose: z.boolean().default(false) });

/** The options every command shares, wherever on the command line they were given. */
export function globalOptions(command: Command): z.infer<typeof schema> {
  return schema.parse(command.optsWithGlobals());
}

/** The options of a command in the shape of its schema. Throws `CLI_OPTION_INVALID` for a value that is no choice. */
export function flagsOf<S extends z.ZodObject>(flags: S, command: Command): z.infer<S> {
  const given = command.opts();
  const parsed = flags.safeParse(given);
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
