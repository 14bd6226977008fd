import { spec } from './define.js';

/** Errors of the command line (`src/cli`). See `catalogue.ts` for how they are joined. */
export const cliErrors = {
  CLI_OPTION_INVALID: spec<{ option: string; value: string; expected: string; command?: string }>(
    2,
    (p) => `${p.option} cannot be "${p.value}": expected ${p.expected}.`,
    (p) => `See what it takes with: ${p.command ?? 'alga'} --help`,
  ),
  CLI_EXTENSION_UNCLEAR: spec<{ wanted: string | undefined; known: string }>(
    2,
    (p) =>
      p.wanted === undefined
        ? `The session has several extensions: ${p.known}.`
        : `The session has no extension ${p.wanted}; it has ${p.known}.`,
    () => 'Name one: --extension <publisher/name>',
  ),
  CLI_USER_UNKNOWN: spec<{ user: string; known: string }>(
    2,
    (p) => `The tenant has no user ${p.user}.`,
    (p) => `Name one of these: ${p.known}`,
  ),
  CLI_SECRET_UNKNOWN: spec<{ name: string; known: string }>(
    2,
    (p) => `The extension has no secret ${p.name}.`,
    (p) => `It has: ${p.known}`,
  ),
  CLI_REFUSED: spec<{ detail: string }>(
    1,
    (p) => `The session refused: ${p.detail}`,
    () => 'Find out what is wrong with it: alga doctor',
  ),
  CLI_DATA_UNREADABLE: spec<{ file: string }>(
    2,
    (p) => `The file ${p.file} cannot be read.`,
    () => 'Give the body itself, a file as --data @<file>, or --data - for the standard input',
  ),
  CLI_FOLDER_MISSING: spec<{ folder: string }>(
    2,
    (p) => `There is no folder ${p.folder}.`,
    () => 'Name the folder that holds manifest.json, or create a project: alga create extension my-extension',
  ),
} as const;
