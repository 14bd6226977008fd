import type { Command } from 'commander';
import { globalOptions } from './options.js';

/** `alga build`: handler to `dist/main.wasm`, UI to `dist/ui`. Takes the published CLI's flags as well. */
export function registerBuild(program: Command): void {
  program
    .command('build')
    .description('build the handler (dist/main.wasm) and the UI (dist/ui)')
    .option('--project <folder>', 'folder of the extension', '.')
    .option('--dir <folder>', 'same as --project')
    .option('--cwd <folder>', 'same as --project')
    .option('--parity', 'build the handler exactly as the product does (frozen clock and random)')
    .option('--skip-install', 'accepted for compatibility; nothing is ever installed')
    .option('--json', 'one JSON object a line')
    .action(async (options: BuildFlags, command: Command) => {
      const { runBuild } = await import('./build-run.js');
      await runBuild({
        folder: options.dir ?? options.cwd ?? options.project,
        features: options.parity ? 'parity' : 'default',
        json: globalOptions(command).json,
      });
    });
}

interface BuildFlags {
  readonly project: string;
  readonly dir?: string;
  readonly cwd?: string;
  readonly parity?: boolean;
}
