import type { Command } from 'commander';
import { flagsOf, globalOptions, type Zod } from './options.js';

const flagsSchema = ({ z }: Zod) =>
  z.object({
    project: z.string().default('.'),
    watch: z.boolean().default(false),
    parity: z.boolean().optional(),
  });

/** `alga test [filters...]`: builds the handler and runs the extension's own tests on it. */
export function registerTest(program: Command): void {
  program
    .command('test')
    .description("build the handler and run the extension's tests on the real component")
    .argument('[filters...]', 'only test files whose path contains one of these')
    .option('--project <folder>', 'folder of the extension (default the current one)')
    .option('--watch', 'run again after each change')
    .option('--parity', 'build the handler exactly as the product does (frozen clock and random)')
    .option('--json', "vitest's report as JSON")
    .action(async (filters: string[], _: unknown, command: Command) => {
      const { project, ...flags } = await flagsOf(flagsSchema, command);
      const { runTests } = await import('./test-run.js');
      await runTests({ ...flags, folder: project, filters, json: globalOptions(command).json });
    });
}
