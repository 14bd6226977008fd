import type { Command } from 'commander';
import { flagsOf, globalOptions, type Zod } from './options.js';

const flagsSchema = ({ z }: Zod) => z.object({ parity: z.boolean().optional() });

/** `alga inspect [folder]`: what was recognised, what each step will run, and why. */
export function registerInspect(program: Command): void {
  program
    .command('inspect')
    .description('show what is recognised of a project, what each step runs, and why')
    .argument('[folder]', 'folder of the extension', '.')
    .option('--parity', 'as for a build exactly as the product does it')
    .option('--json', 'one JSON object')
    .action(async (folder: string, _: unknown, command: Command) => {
      const flags = await flagsOf(flagsSchema, command);
      const { runInspect } = await import('./inspect-run.js');
      await runInspect({ folder, ...flags, json: globalOptions(command).json });
    });
}
