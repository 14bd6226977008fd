import { spec } from './define.js';

/** Errors of the command line (`src/cli`). See `catalogue.ts` for how they are joined. */
export const cliErrors = {
  CLI_OPTION_INVALID: spec<{ option: string; value: string; expected: string }>(
    2,
    (p) => `${p.option} cannot be "${p.value}": expected ${p.expected}.`,
    () => 'Run: alga --help',
  ),
  CLI_FOLDER_MISSING: spec<{ folder: string }>(
    2,
    (p) => `There is no folder ${p.folder}.`,
    () => 'Name the folder that holds manifest.json, or create a project: alga create extension my-extension',
  ),
} as const;
