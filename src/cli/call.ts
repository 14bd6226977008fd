import type { Command } from 'commander';
import { algaError } from '../core/errors/alga-error.js';
import { flagsOf, globalOptions, type Zod } from './options.js';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

const flagsSchema = ({ z }: Zod) =>
  z.object({
    data: z.string().optional(),
    type: z.string().optional(),
    as: z.string().optional(),
    extension: z.string().optional(),
    url: z.string().optional(),
    project: z.string().default('.'),
  });

/** `alga call <method> <path>`: one request to a handler, through the gateway of a running session. */
export function registerCall(program: Command): void {
  program
    .command('call')
    .description('call a handler through the gateway of a running alga dev')
    .argument('<method>', METHODS.join(', '))
    .argument('<path>', 'path of the endpoint, with a query if it takes one')
    .option('-d, --data <body>', 'body: text, @<file>, or - for the standard input')
    .option('--type <mime>', 'content type of the body (default: application/json when it is JSON)')
    .option('--as <user>', 'user name to call as, or signed-out (default: a user who may do everything)')
    .option('-e, --extension <name>', 'the extension (publisher/name or registry id)')
    .option('--project <folder>', 'folder of the extension', '.')
    .option('--url <address>', 'address of the session, instead of finding it by the folder')
    .option('--json', 'one JSON object')
    .action(async (method: string, path: string, _: unknown, command: Command) => {
      const { project, ...flags } = await flagsOf(flagsSchema, command);
      const { runCall } = await import('./call-run.js');
      await runCall({ method: methodOf(method), path, folder: project, ...flags, ...globalOptions(command) });
    });
}

function methodOf(text: string): string {
  const method = text.toUpperCase();
  if (METHODS.includes(method)) return method;
  throw algaError('CLI_OPTION_INVALID', {
    command: 'alga call',
    option: '<method>',
    value: text,
    expected: `one of ${METHODS.join(', ')}`,
  });
}
