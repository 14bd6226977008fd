import type { Command } from 'commander';
import { z } from 'zod';

const schema = z.object({ json: z.boolean().default(false), verbose: z.boolean().default(false) });

/** The options every command shares, wherever on the command line they were given. */
export function globalOptions(command: Command): z.infer<typeof schema> {
  return schema.parse(command.optsWithGlobals());
}
