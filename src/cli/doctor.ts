import type { Command } from 'commander';
import { flagsOf, globalOptions, type Zod } from './options.js';

const flagsSchema = ({ z }: Zod) =>
  z.object({
    fix: z.boolean().default(false),
    yes: z.boolean().default(false),
    dryRun: z.boolean().default(false),
    undo: z.boolean().default(false),
    list: z.boolean().default(false),
    start: z.boolean().default(false),
    only: z.array(z.string()).optional(),
    bundleReport: z.string().optional(),
    product: z.string().optional(),
  });

/** `alga doctor [folder]`: finds what is wrong between editor and iframe, says it in one line, mends it. */
export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('find what is wrong, and mend it')
    .argument('[folder]', 'folder of the extension', '.')
    .option('--fix', 'mend: safe repairs at once, others are asked for one by one')
    .option('-y, --yes', 'with --fix: do not ask')
    .option('--dry-run', 'show which files, rows and objects --fix would change')
    .option('--undo', 'take the last repair back')
    .option('--list', 'list all checks')
    .option('--only <id...>', 'run these checks only')
    .option('--start', 'start the stack for the time of the check when it does not run')
    .option('--product <folder>', 'checkout of the product whose settings to look at')
    .option('--bundle-report <file>', 'also write a report for a ticket, without secrets')
    .option('--verbose', 'show healthy checks and reasons too')
    .option('--json', 'one JSON object')
    .action(async (folder: string, _: unknown, command: Command) => {
      const flags = await flagsOf(flagsSchema, command);
      const { runDoctor } = await import('./doctor-run.js');
      await runDoctor({ folder, ...flags, ...globalOptions(command) });
    });
}
