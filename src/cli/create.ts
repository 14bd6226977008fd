import type { Command } from 'commander';
import { flagsOf, globalOptions, type Zod } from './options.js';

const flagsSchema = ({ z }: Zod) =>
  z.object({
    template: z.string().optional(),
    dir: z.string().optional(),
    directory: z.string().optional(),
    publisher: z.string().optional(),
    tenant: z.string().optional(),
    list: z.boolean().default(false),
    dryRun: z.boolean().default(false),
    yes: z.boolean().default(false),
    git: z.boolean().default(true),
  });

/**
 * `alga create [extension|component] [name]` and the published CLI's `alga component create <name>`.
 * Asks for what is missing when it runs in a terminal.
 */
export function registerCreate(program: Command): void {
  const create = program
    .command('create')
    .description('make a new extension or component from a template')
    .argument('[kind]', 'extension or component; may be left out')
    .argument('[name]', 'reverse domain name (com.acme.report) or a single word');
  withFlags(create).action(
    async (kind: string | undefined, name: string | undefined, _: unknown, self: Command) => {
      const known = kind === 'extension' || kind === 'component';
      await run(known ? kind : undefined, known ? name : kind, self);
    },
  );
  const component = program.command('component', { hidden: true }).description('another name of create');
  withFlags(component.command('create').description('same as create component').argument('<name>')).action(
    async (name: string, _: unknown, self: Command) => await run('component', name, self),
  );
}

function withFlags(command: Command): Command {
  return command
    .option('--template <name>', 'template by name, or the path of a folder')
    .option('--dir <folder>', 'folder in which to make the project', undefined)
    .option('--directory <folder>', 'same as --dir')
    .option('--publisher <name>', 'who publishes the extension')
    .option('--tenant <id>', 'tenant to publish to, kept in alga.config.json')
    .option('--list', 'list the templates')
    .option('--dry-run', 'show what would be written')
    .option('-y, --yes', 'ask nothing, take defaults')
    .option('--no-git', 'make no git repository')
    .option('--json', 'one JSON object');
}

async function run(
  kind: 'extension' | 'component' | undefined,
  name: string | undefined,
  command: Command,
): Promise<void> {
  const { dir, directory, ...flags } = await flagsOf(flagsSchema, command);
  const { runCreate } = await import('./create-run.js');
  await runCreate({
    ...flags,
    kind,
    name,
    targetDir: dir ?? directory ?? '.',
    json: globalOptions(command).json,
  });
}
