import { isAbsolute, relative, resolve, sep } from 'node:path';
import { z } from 'zod';
import { type AlgaError, algaError, type SourceLocation } from '../../core/errors/alga-error.js';
import { lineAndColumn, sourceFrame } from '../../project/source-frame.js';

/** What went wrong in a build of the UI, in a form that can travel between processes. */
export const uiFailureSchema = z.object({
  kind: z.enum(['syntax', 'import', 'config', 'build', 'lost', 'thrown']),
  /** One line, no colours. For `import` the specifier that was not found. */
  text: z.string(),
  /** Absolute path. */
  file: z.string().optional(),
  /** Both from 1. */
  line: z.number().int().positive().optional(),
  column: z.number().int().positive().optional(),
  /**
   * Text to look for in the source, when the reported place may be that of the transformed code: a string
   * literal's content for `import`, else a name or line.
   */
  needle: z.string().optional(),
});

export type UiFailure = z.infer<typeof uiFailureSchema>;

/**
 * The author's error for a failure. `read` gives the text of a file for the frame, or undefined when it is
 * not there any more.
 */
export function uiError(
  failure: UiFailure,
  projectRoot: string,
  read: (file: string) => string | undefined,
): AlgaError {
  const location = locationOf(failure, projectRoot, read);
  const options = location === undefined ? {} : { location };
  const place = failure.file === undefined ? 'the UI' : shown(projectRoot, failure.file);
  switch (failure.kind) {
    case 'syntax':
      return algaError('UI_SYNTAX', { file: place, detail: failure.text }, options);
    case 'import':
      return algaError('UI_IMPORT_MISSING', { file: place, specifier: failure.text }, options);
    case 'config':
      return algaError('UI_CONFIG_INVALID', { file: place, detail: failure.text }, options);
    case 'build':
      return algaError('UI_BUILD_FAILED', { detail: failure.text }, options);
    case 'thrown':
      return algaError('UI_THREW', { detail: failure.text }, options);
    case 'lost':
      return algaError('UI_PROCESS_LOST', { detail: failure.text });
  }
}

function locationOf(
  failure: UiFailure,
  projectRoot: string,
  read: (file: string) => string | undefined,
): SourceLocation | undefined {
  if (failure.file === undefined) return undefined;
  const file = shown(projectRoot, failure.file);
  const text = read(failure.file);
  const place = placeOf(failure, text);
  if (place === undefined) return { file, line: 1, column: 1 };
  if (text === undefined) return { file, ...place };
  return { file, ...place, frame: sourceFrame(text, place.line, place.column, place.length) };
}

interface Place {
  readonly line: number;
  readonly column: number;
  readonly length?: number;
}

function placeOf(failure: UiFailure, text: string | undefined): Place | undefined {
  const { needle, kind } = failure;
  if (needle !== undefined && text !== undefined) {
    const written = needle.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const match = new RegExp(
      kind === 'import' ? `(['"])${written}\\1` : `(?<![\\w$])${written}(?![\\w$])`,
    ).exec(text);
    if (match !== null) return { ...lineAndColumn(text, match.index), length: match[0].length };
  }
  if (failure.line === undefined) return undefined;
  return { line: failure.line, column: failure.column ?? 1 };
}

/** Path relative to the project with forward slashes; absolute when it lies outside. */
function shown(projectRoot: string, file: string): string {
  const path = relative(projectRoot, isAbsolute(file) ? file : resolve(projectRoot, file));
  return (path.startsWith('..') ? file : path).split(sep).join('/');
}
