import type { Command } from 'commander';
import type { z } from 'zod';
import type { AddRequest } from '../project/add/index.js';
import { flagsOf, globalOptions, type Zod } from './options.js';

const flagsSchema = ({ z }: Zod) =>
  z.object({
    project: z.string().default('.'),
    dryRun: z.boolean().default(false),
    method: z.string().default('POST'),
    cron: z.string().default('0 3 * * *'),
    template: z.enum(['ui-static', 'ui-react']).default('ui-static'),
  });
type Flags = z.infer<ReturnType<typeof flagsSchema>>;

/** `alga add endpoint|capability|schedule|ui`: edits an existing project's manifest, handler and types. */
export function registerAdd(program: Command): void {
  const add = program.command('add').description('add something to an existing extension');
  withFlags(add.command('endpoint'))
    .description('an endpoint: declared in the manifest, answered in the handler')
    .argument('<method>', 'GET, POST, PUT, PATCH, DELETE, OPTIONS or HEAD')
    .argument('<path>', 'like /api/things or /api/things/:id')
    .action(async (method: string, path: string, _: unknown, command: Command) => {
      await run(() => ({ what: 'endpoint', method, path }), command);
    });
  withFlags(add.command('capability'))
    .description(
      'a capability, by its name (cap:http.fetch), with a small use of it in the handler and a test',
    )
    .argument('<name>')
    .action(async (name: string, _: unknown, command: Command) => {
      await run(() => ({ what: 'capability', name }), command);
    });
  withFlags(add.command('schedule'))
    .description('work at set times: endpoint, capability, the function that makes the schedule, and a test')
    .argument('<path>', 'path of the endpoint that does the work')
    .option('--cron <fields>', 'when, in five cron fields, UTC (default "0 3 * * *")')
    .option('--method <method>', 'GET or POST (default POST)')
    .action(async (path: string, _: unknown, command: Command) => {
      await run(({ method, cron }) => ({ what: 'schedule', method, path, cron }), command);
    });
  withFlags(add.command('ui'))
    .description('a page, for an extension that has none')
    .option('--template <name>', 'ui-static or ui-react (default ui-static)')
    .action(async (_: unknown, command: Command) => {
      await run(({ template }) => ({ what: 'ui', template }), command);
    });
}

function withFlags(command: Command): Command {
  return command
    .option('--project <folder>', 'folder of the extension (default the current one)')
    .option('--dry-run', 'show what would be changed')
    .option('--json', 'one JSON object');
}

async function run(request: (flags: Flags) => AddRequest, command: Command): Promise<void> {
  const flags = await flagsOf(flagsSchema, command);
  const { runAdd } = await import('./add-run.js');
  await runAdd({
    folder: flags.project,
    request: request(flags),
    dryRun: flags.dryRun,
    json: globalOptions(command).json,
  });
}
