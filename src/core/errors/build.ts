import { spec } from './define.js';

/** Errors of the `build` room. See `catalogue.ts` for how they are joined. */
export const buildErrors = {
  COMPONENT_COMMAND_FAILED: spec<{ command: string; detail: string }>(
    1,
    (p) => `The project's own build '${p.command}' failed: ${p.detail}`,
    (p) => `Run it by hand to see all of its output: ${p.command}`,
  ),
  COMPONENT_OUTPUT_MISSING: spec<{ file: string; maker?: string | undefined }>(
    1,
    (p) =>
      p.maker === undefined
        ? `There is no component at ${p.file}, where another tool has to leave it.`
        : `There is no component at ${p.file} (made by ${p.maker}).`,
    (p) =>
      p.maker === undefined
        ? 'Build it with that tool, or set component.build in alga.config.json to the command that does.'
        : 'Set component.output in alga.config.json to the file that the build leaves.',
  ),
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
  UI_THREW: spec<{ detail: string }>(
    1,
    (p) => `The page has thrown an error that nobody caught: ${p.detail}`,
    () =>
      'Correct it and save, or load the frame again. The whole stack stands in the console of the browser.',
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
  TYPES_UNAVAILABLE: spec<{ detail: string }>(
    1,
    (p) => `Types are not checked: ${p.detail}`,
    () => 'Install alga again with its optional packages: npm install --include=optional',
  ),
  TYPES_PROCESS_LOST: spec<{ detail: string }>(
    1,
    (p) => `The process that checks types ended unexpectedly: ${p.detail}`,
    () => 'It is started again with the next save. To check by hand, run: npx tsc --noEmit',
  ),
  HANDLER_ENTRY_MISSING: spec<{ file: string }>(
    1,
    (p) => `The handler's source ${p.file} is missing.`,
    () =>
      'Create it, or name another one as "handler.entry" in alga.config.json. See what is found with: alga inspect',
  ),
  HANDLER_SYNTAX: spec<{ detail: string }>(
    1,
    (p) => `The handler does not parse: ${p.detail}`,
    () => 'Correct the marked place and save; the last good version answers until then.',
  ),
  HANDLER_IMPORT_UNRESOLVED: spec<{ specifier: string; file: string }>(
    1,
    (p) => `${p.file} imports '${p.specifier}', which is not there.`,
    (p) => {
      if (/^[./]/.test(p.specifier)) return 'Correct the path, or create the file, and save.';
      if (/^node:/.test(p.specifier)) {
        return 'A handler has no Node modules: it reaches the world through the alga:extension/* interfaces.';
      }
      return `Run: npm install ${p.specifier.split('/', p.specifier.startsWith('@') ? 2 : 1).join('/')}`;
    },
  ),
  HANDLER_INTERFACE_UNKNOWN: spec<{ specifier: string; known: readonly string[] }>(
    1,
    (p) => `The handler imports '${p.specifier}', which the host does not have.`,
    (p) => `The host interfaces are: ${p.known.map((name) => `alga:extension/${name}`).join(', ')}.`,
  ),
  HANDLER_NAME_NOT_EXPORTED: spec<{ detail: string }>(
    1,
    (p) => `The handler imports a name that is not there: ${p.detail}`,
    () => 'Correct the name. For a type, write: import type { ... }',
  ),
  HANDLER_EXPORT_MISSING: spec<{ file: string; found: readonly string[] }>(
    1,
    (p) =>
      `${p.file} does not export a function named handler` +
      (p.found.length === 0 ? '.' : ` (it exports ${p.found.join(', ')}).`),
    () => 'Write: export async function handler(request) { ... }',
  ),
  HANDLER_BUNDLE_FAILED: spec<{ detail: string }>(
    1,
    (p) => `The handler cannot be bundled: ${p.detail}`,
    () => 'Correct the cause and save; the last good version answers until then.',
  ),
  HANDLER_EVALUATION_FAILED: spec<{ detail: string }>(
    1,
    (p) => `The handler fails while it is loaded: ${p.detail}`,
    () => 'Code outside of functions runs once, at build time. Correct the marked place and save.',
  ),
  HANDLER_EVALUATION_TIMEOUT: spec<{ seconds: number }>(
    1,
    (p) => `The handler was still loading after ${p.seconds} s and was stopped.`,
    () => 'Code outside of functions runs at build time: look for an endless loop there, then save.',
  ),
  HANDLER_HOST_CALL_AT_LOAD: spec<{ call: string }>(
    1,
    (p) => `The handler calls ${p.call} while it is loaded, when there is no host to answer.`,
    () => 'Code outside of functions runs at build time. Move the call into the handler function and save.',
  ),
  COMPONENT_FAILED: spec<{ detail: string }>(
    1,
    (p) => `The component cannot be made: ${p.detail}`,
    () => 'Run: alga doctor',
  ),
  COMPONENT_TOOLS_MISSING: spec<{ detail: string }>(
    3,
    (p) => `A part of the component tools is not installed: ${p.detail}`,
    () => 'Install with optional packages: npm install --include=optional',
  ),
} as const;
