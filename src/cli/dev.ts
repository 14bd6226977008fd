import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { algaError } from '../core/errors/alga-error.js';
import { globalOptions } from './options.js';

const optionsSchema = z.object({
  port: z.coerce.number().int().min(1).max(65_535).optional(),
  tenant: z.string().optional(),
  stack: z.enum(['embedded', 'docker', 'external']).default('embedded'),
  parity: z.boolean().default(false),
  open: z.boolean().default(false),
  tui: z.boolean().default(true),
});

/** `alga dev [folders...]`: the loop, in the terminal app or as plain or JSON lines. */
export function registerDev(program: Command): void {
  program
    .command('dev')
    .description('serve extensions live: watch, build, publish, prove, reload')
    .argument('[folders...]', 'folders of the extensions', ['.'])
    .option('-p, --port <port>', 'port of the host page (default 3000, or the next free one)')
    .option('-t, --tenant <id>', 'tenant to install for')
    .addOption(
      new Option('--stack <kind>', 'who runs the services').choices(['embedded', 'docker', 'external']),
    )
    .option('--parity', 'build the handler exactly as the product does (frozen clock and random)')
    .option('--open', 'open the page in the browser once it is live')
    .option('--no-tui', 'plain lines instead of the terminal app')
    .option('--json', 'one JSON object a line')
    .action(async (folders: string[], raw: unknown, command: Command) => {
      const { json } = globalOptions(command);
      const options = parseOptions(raw);
      const directories = await Promise.all(folders.map(existingFolder));
      const { runDev } = await import('./dev-run.js');
      await runDev({ ...options, directories, json });
    });
}

/** What `alga dev` was asked to do, checked. */
export type DevOptions = z.infer<typeof optionsSchema> & {
  readonly directories: readonly string[];
  readonly json: boolean;
};

function parseOptions(raw: unknown): z.infer<typeof optionsSchema> {
  const parsed = optionsSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = String(issue?.path[0] ?? 'option');
  const value = String((raw as Record<string, unknown>)[name]);
  throw algaError('CLI_OPTION_INVALID', {
    option: `--${name}`,
    value,
    expected: issue?.message ?? 'another value',
  });
}

async function existingFolder(folder: string): Promise<string> {
  const path = resolve(folder);
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) throw algaError('CLI_FOLDER_MISSING', { folder: path });
  return path;
}
