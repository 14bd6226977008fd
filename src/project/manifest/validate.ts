import { type AlgaError, algaError, type SourceLocation } from '../../core/errors/alga-error.js';
import { type JsonPositions, JsonSyntaxError, locateJson, pointerTo } from '../json-positions.js';
import { locationAt } from '../source-frame.js';
import type { Diagnostic, Manifest } from '../types.js';
import { normalManifest } from './normal-form.js';
import { manifestSchema } from './schema.js';
import { manifestWarnings } from './warnings.js';

/** One broken rule of a manifest and where it is broken. */
export interface ManifestProblem {
  /** JSON pointer of the value, `''` for the whole document. */
  readonly pointer: string;
  /** Reads after the pointer: `must be a string`. */
  readonly problem: string;
  readonly location: SourceLocation;
}

export type ManifestCheck =
  | { readonly ok: true; readonly manifest: Manifest; readonly warnings: Diagnostic[] }
  | { readonly ok: false; readonly syntax: boolean; readonly problems: readonly ManifestProblem[] };

/**
 * Checks a manifest against every rule of the product and collects all broken ones.
 * `file` is the name shown in positions.
 */
export function checkManifest(text: string, file: string): ManifestCheck {
  let positions: JsonPositions;
  let value: unknown;
  try {
    positions = locateJson(text);
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const location = locationAt(file, text, error.offset);
    return { ok: false, syntax: true, problems: [{ pointer: '', problem: error.message, location }] };
  }
  const result = manifestSchema.safeParse(value);
  if (result.success) {
    const warnings = manifestWarnings(result.data, { text, file, positions });
    return { ok: true, manifest: normalManifest(result.data), warnings };
  }
  const problems = new Map<string, ManifestProblem>();
  for (const issue of result.error.issues) {
    const pointer = issue.path.reduce<string>((parent, step) => pointerTo(parent, String(step)), '');
    if (problems.has(pointer)) continue;
    problems.set(pointer, {
      pointer,
      problem: issue.message,
      location: locate(pointer, { text, file, positions }),
    });
  }
  return { ok: false, syntax: false, problems: [...problems.values()] };
}

/**
 * The manifest in normal form with its warnings. Throws `MANIFEST_SYNTAX` or `MANIFEST_INVALID`
 * with the position of the first problem.
 */
export function validateManifest(text: string, file: string): { manifest: Manifest; warnings: Diagnostic[] } {
  const check = checkManifest(text, file);
  if (check.ok) return { manifest: check.manifest, warnings: check.warnings };
  throw manifestError(check, file);
}

function manifestError(check: ManifestCheck & { ok: false }, file: string): AlgaError {
  const [first] = check.problems;
  if (first === undefined) throw new TypeError('a failed manifest check has at least one problem');
  const { pointer, problem, location } = first;
  if (check.syntax) return algaError('MANIFEST_SYNTAX', { file, problem }, { location });
  const more = check.problems.length - 1;
  return algaError('MANIFEST_INVALID', { file, pointer, problem, more }, { location });
}

/** The place of a pointer; of its nearest parent when the value is missing. */
function locate(
  pointer: string,
  where: { text: string; file: string; positions: JsonPositions },
): SourceLocation {
  const { text, file, positions } = where;
  for (let at = pointer; ; at = at.slice(0, at.lastIndexOf('/'))) {
    const range = positions.values.get(at);
    if (range !== undefined) return locationAt(file, text, range.start, range.end);
    if (at === '') return locationAt(file, text, 0);
  }
}
