import { spec } from './define.js';

/** Errors of the `build` room. See `catalogue.ts` for how they are joined. */
export const buildErrors = {
  UI_SYNTAX: spec<{ file: string; detail: string }>(
    1,
    (p) => `${p.file} does not parse: ${p.detail}`,
    () => 'Correct the marked place and save; the last good page stays until then.',
  ),
  UI_IMPORT_MISSING: spec<{ file: string; specifier: string }>(
    1,
    (p) => `${p.file} imports '${p.specifier}', which is not there.`,
    (p) =>
      /^[./]/.test(p.specifier)
        ? 'Correct the path, or create the file, and save.'
        : `Run: npm install ${p.specifier.split('/', p.specifier.startsWith('@') ? 2 : 1).join('/')}`,
  ),
  UI_CONFIG_INVALID: spec<{ file: string; detail: string }>(
    1,
    (p) => `The Vite configuration ${p.file} cannot be used: ${p.detail}`,
    () => 'Correct it and save. To see the whole error, run: npx vite build',
  ),
  UI_BUILD_FAILED: spec<{ detail: string }>(
    1,
    (p) => `The UI cannot be built: ${p.detail}`,
    () => 'Correct the cause and save; the last good page stays until then.',
  ),
  UI_COMMAND_FAILED: spec<{ command: string; detail: string }>(
    1,
    (p) => `The UI's own build '${p.command}' failed: ${p.detail}`,
    (p) => `Run it by hand to see all of its output: ${p.command}`,
  ),
  UI_PAGE_MISSING: spec<{ file: string }>(
    1,
    (p) => `The UI has no page: ${p.file} is missing.`,
    () =>
      'The product always opens index.html of the UI folder: create it, or set the folder in alga.config.json.',
  ),
  UI_PROCESS_LOST: spec<{ detail: string }>(
    1,
    (p) => `The process that builds the UI ended unexpectedly: ${p.detail}`,
    () =>
      'It is started again by itself. If it keeps ending, look for process.exit in the Vite configuration and its plugins.',
  ),
  TYPES_MISMATCH: spec<{ detail: string; number: number }>(
    1,
    (p) => `${p.detail} (TS${p.number})`,
    () => 'Correct the marked place and save. To see all type errors, run: npx tsc --noEmit',
  ),
  TYPES_CONFIG_INVALID: spec<{ file: string; detail: string }>(
    1,
    (p) => `${p.file} cannot be used: ${p.detail}`,
    () => 'Correct it and save. To see all type errors, run: npx tsc --noEmit',
  ),
  TYPES_PROCESS_LOST: spec<{ detail: string }>(
    1,
    (p) => `The process that checks types ended unexpectedly: ${p.detail}`,
    () => 'It is started again with the next save. To check by hand, run: npx tsc --noEmit',
  ),
} as const;
