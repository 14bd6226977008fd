import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { algaError } from '../core/errors/alga-error.js';
import { flagsOf, globalOptions, type Zod } from './options.js';

const flagsSchema = ({ z }: Zod) =>
  z.object({
    port: z.string().optional(),
    host: z.string().optional(),
    tenant: z.string().optional(),
    stack: z.string().optional(),
    parity: z.boolean().optional(),
    open: z.boolean().optional(),
    tui: z.boolean().default(true),
  });

/** `alga dev [folders...]`: the loop, in the terminal app or as plain or JSON lines. */
export function registerDev(program: Command): void {
  program
    .command('dev')
    .description('serve extensions live: watch, build, publish, prove, reload')
    .argument('[folders...]', 'folders of the extensions', ['.'])
    .option('-p, --port <port>', 'port of the host page (default 3000, or the next free one)')
    .option(
      '--host <address>',
      'be reached from other machines at this address too (0.0.0.0 for all), with a token; default: never',
    )
    .option('-t, --tenant <id>', 'tenant to install for')
    .option('--stack <kind>', 'who runs the services: embedded, the only kind of this version')
    .option('--parity', 'build the handler exactly as the product does (frozen clock and random)')
    .option('--open', 'open the page in the browser once it is live')
    .option('--no-tui', 'plain lines instead of the terminal app')
    .option('--json', 'one JSON object a line')
    .action(async (folders: string[], _: unknown, command: Command) => {
      const { json } = globalOptions(command);
      const { tui, host: address, ...flags } = await flagsOf(flagsSchema, command);
      const directories = await Promise.all(folders.map(existingFolder));
      const { runDev } = await import('./dev-run.js');
      await runDev({ directories, flags, tui, json, ...(address === undefined ? {} : { address }) });
    });
}

async function existingFolder(folder: string): Promise<string> {
  const path = resolve(folder);
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) throw algaError('CLI_FOLDER_MISSING', { folder: path });
  return path;
}
