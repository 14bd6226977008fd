import { readFile } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';
import type { RolldownLog } from 'rolldown';
import { type AlgaError, algaError, type SourceLocation, textOf } from '../../../core/errors/alga-error.js';
import { shownPath } from '../../../project/files.js';
import { sourceFrame } from '../../../project/source-frame.js';
import type { HandlerInput } from '../door.js';

/** True when the bundler failed at the TypeScript configuration and not at the handler. */
export function isConfigurationFailure(error: unknown): boolean {
  return logsOf(error).some((log) => /TSCONFIG/.test(log.code ?? ''));
}

/** The coded error for a failed bundle: the first thing the bundler found, with its place in the source. */
export async function bundleFailure(error: unknown, input: HandlerInput): Promise<AlgaError> {
  const [log] = logsOf(error);
  if (log === undefined)
    return algaError('HANDLER_BUNDLE_FAILED', { detail: textOf(error) }, { cause: error });
  const location = await locationOf(log, input);
  // What the bundler draws beside its message is the same place once more.
  const options = location === undefined ? { cause: error } : { location };
  const file = location?.file ?? shownPath(input.projectRoot, input.handler.entry);
  switch (log.code) {
    case 'PARSE_ERROR':
      return algaError('HANDLER_SYNTAX', { detail: headline(log) }, options);
    case 'UNRESOLVED_IMPORT':
      return algaError('HANDLER_IMPORT_UNRESOLVED', { specifier: log.exporter ?? '', file }, options);
    case 'MISSING_EXPORT':
      return algaError('HANDLER_NAME_NOT_EXPORTED', { detail: headline(log) }, options);
    case 'UNRESOLVED_ENTRY':
      return algaError('HANDLER_ENTRY_MISSING', { file }, { cause: error });
    default:
      return algaError('HANDLER_BUNDLE_FAILED', { detail: headline(log) }, options);
  }
}

/** The error for an import that no package of the project and no host interface answers. */
export async function unresolvedImport(
  specifier: string,
  log: RolldownLog | undefined,
  input: HandlerInput,
): Promise<AlgaError> {
  const location = log === undefined ? undefined : await locationOf(log, input);
  const file = location?.file ?? shownPath(input.projectRoot, input.handler.entry);
  return algaError(
    'HANDLER_IMPORT_UNRESOLVED',
    { specifier, file },
    location === undefined ? {} : { location },
  );
}

function logsOf(error: unknown): readonly RolldownLog[] {
  if (!(error instanceof Error) || !('errors' in error) || !Array.isArray(error.errors)) return [];
  return error.errors as RolldownLog[];
}

/** First line of the bundler's text without its colours and its code: `Expected ";" but found "}"`. */
export function headline({ message }: Pick<RolldownLog, 'message'>): string {
  const [line = ''] = stripVTControlCharacters(message).split('\n', 1);
  return line.replace(/^\[\w+\] /, '').trim();
}

async function locationOf(log: RolldownLog, input: HandlerInput): Promise<SourceLocation | undefined> {
  const path = log.loc?.file ?? log.id;
  if (log.loc === undefined || path === undefined) return undefined;
  const { line } = log.loc;
  const column = log.loc.column + 1;
  const place = { file: shownPath(input.projectRoot, path), line, column };
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? place : { ...place, frame: sourceFrame(text, line, column) };
}
