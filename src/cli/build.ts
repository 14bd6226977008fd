import type { Command } from 'commander';
import { flagsOf, globalOptions, type Zod } from './options.js';

const flagsSchema = ({ z }: Zod) =>
  z.object({
    project: z.string().optional(),
    dir: z.string().optional(),
    cwd: z.string().optional(),
    parity: z.boolean().optional(),
    release: z.boolean().default(false),
    watch: z.boolean().default(false),
  });

/** `alga build`: handler to `dist/main.wasm`, UI to `dist/ui`. Takes the published CLI's flags as well. */
export function registerBuild(program: Command): void {
  program
    .command('build')
    .description('build the handler (dist/main.wasm) and the UI (dist/ui)')
    .option('--project <folder>', 'folder of the extension (default the current one)')
    .option('--dir <folder>', 'same as --project')
    .option('--cwd <folder>', 'same as --project')
    .option('--parity', 'build the handler exactly as the product does (frozen clock and random)')
    .option('--release', 'build the handler with the official tools, and compare it with a development build')
    .option('--skip-install', 'accepted for compatibility; nothing is ever installed')
    .option('--watch', 'build again after each change')
    .option('--json', 'one JSON object a line')
    .action(async (_: unknown, command: Command) => {
      const { project, dir, cwd, parity, release, watch } = await flagsOf(flagsSchema, command);
      const { runBuild } = await import('./build-run.js');
      await runBuild({
        folder: project ?? dir ?? cwd ?? '.',
        parity,
        release,
        watch,
        json: globalOptions(command).json,
      });
    });
}
