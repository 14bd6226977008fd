import type { Command } from 'commander';
import { flagsOf, globalOptions, type Zod } from './options.js';

const flagsSchema = ({ z }: Zod) =>
  z.object({
    parity: z.boolean().default(false),
    strict: z.boolean().default(false),
    schema: z.enum(['manifest', 'config']).optional(),
  });

/** `alga validate [folder]`: the manifest against every rule of the product, the project against the manifest. */
export function registerValidate(program: Command): void {
  program
    .command('validate')
    .description('check manifest and project as the product would')
    .argument('[folder]', 'folder of the extension', '.')
    .option('--parity', "also warn of what only the product's own build changes")
    .option('--strict', 'fail on warnings too')
    .option('--schema <which>', 'print the JSON Schema of manifest or config, for editors')
    .option('--json', 'one JSON object')
    .action(async (folder: string, _: unknown, command: Command) => {
      const flags = await flagsOf(flagsSchema, command);
      const { runValidate } = await import('./validate-run.js');
      await runValidate({ folder, ...flags, json: globalOptions(command).json });
    });
}
