import type { Command } from 'commander';
import { algaError } from '../core/errors/alga-error.js';
import { flagsOf, globalOptions, type Zod } from './options.js';

const flagsSchema = ({ z }: Zod) =>
  z.object({
    follow: z.boolean().default(false),
    lines: z.string().default('50'),
    extension: z.string().optional(),
    url: z.string().optional(),
  });

/** `alga logs [folder]`: requests and guest logs of a session that runs in another terminal. */
export function registerLogs(program: Command): void {
  program
    .command('logs')
    .description('show requests and guest logs of a running alga dev')
    .argument('[folder]', 'folder of the extension', '.')
    .option('-f, --follow', 'go on as they happen, until Ctrl-C or the end of the session')
    .option('-n, --lines <count>', 'how many of the latest requests to begin with', '50')
    .option('-e, --extension <name>', 'only this extension (publisher/name or registry id)')
    .option('--url <address>', 'address of the session, instead of finding it by the folder')
    .option('--json', 'one JSON object a line')
    .action(async (folder: string, _: unknown, command: Command) => {
      const { lines, ...flags } = await flagsOf(flagsSchema, command);
      const { runLogs } = await import('./logs-run.js');
      await runLogs({ folder, ...flags, lines: countOf(lines), ...globalOptions(command) });
    });
}

function countOf(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw algaError('CLI_OPTION_INVALID', {
    command: 'alga logs',
    option: '--lines',
    value: text,
    expected: 'a count',
  });
}
