import type { Command } from 'commander';
import { z } from 'zod';
import { globalOptions } from './options.js';
import type { SecretsAction } from './secrets-run.js';

const flagsSchema = z.object({
  extension: z.string().optional(),
  url: z.string().optional(),
  project: z.string().default('.'),
});

/** `alga secrets list|set|remove`: the secrets of an extension in a running session. Values are never shown. */
export function registerSecrets(program: Command): void {
  const secrets = program.command('secrets').description('the secrets of an extension in a running alga dev');
  withFlags(secrets.command('list'))
    .description('their names; values are never shown')
    .action((raw: unknown, command: Command) => run({ what: 'list' }, raw, command));
  withFlags(secrets.command('set'))
    .description('set one; the value is asked for, or read from the standard input')
    .argument('<name>')
    .action((name: string, raw: unknown, command: Command) => run({ what: 'set', name }, raw, command));
  withFlags(secrets.command('remove'))
    .description('remove one')
    .argument('<name>')
    .action((name: string, raw: unknown, command: Command) => run({ what: 'remove', name }, raw, command));
}

function withFlags(command: Command): Command {
  return command
    .option('-e, --extension <name>', 'the extension (publisher/name or registry id)')
    .option('--project <folder>', 'folder of the extension', '.')
    .option('--url <address>', 'address of the session, instead of finding it by the folder')
    .option('--json', 'one JSON object');
}

async function run(action: SecretsAction, raw: unknown, command: Command): Promise<void> {
  const { project, ...flags } = flagsSchema.parse(raw);
  const { runSecrets } = await import('./secrets-run.js');
  await runSecrets({ ...action, folder: project, ...flags, ...globalOptions(command) });
}
