import type { Command } from 'commander';
import { flagsOf, globalOptions, type Zod } from './options.js';
import type { SecretsAction } from './secrets-run.js';

const flagsSchema = ({ z }: Zod) =>
  z.object({
    extension: z.string().optional(),
    url: z.string().optional(),
    project: z.string().default('.'),
  });

/** `alga secrets list|set|remove`: the secrets of an extension in a running session. Values are never shown. */
export function registerSecrets(program: Command): void {
  const secrets = program.command('secrets').description('the secrets of an extension in a running alga dev');
  withFlags(secrets.command('list'))
    .description('their names; values are never shown')
    .action((_: unknown, command: Command) => run({ what: 'list' }, command));
  withFlags(secrets.command('set'))
    .description('set one; the value is asked for, or read from the standard input')
    .argument('<name>')
    .action((name: string, _: unknown, command: Command) => run({ what: 'set', name }, command));
  withFlags(secrets.command('remove'))
    .description('remove one')
    .argument('<name>')
    .action((name: string, _: unknown, command: Command) => run({ what: 'remove', name }, command));
}

function withFlags(command: Command): Command {
  return command
    .option('-e, --extension <name>', 'the extension (publisher/name or registry id)')
    .option('--project <folder>', 'folder of the extension', '.')
    .option('--url <address>', 'address of the session, instead of finding it by the folder')
    .option('--json', 'one JSON object');
}

async function run(action: SecretsAction, command: Command): Promise<void> {
  const { project, ...flags } = await flagsOf(flagsSchema, command);
  const { runSecrets } = await import('./secrets-run.js');
  await runSecrets({ ...action, folder: project, ...flags, ...globalOptions(command) });
}
