import type { Diagnostic } from '../../../project/types.js';
import type { Observation } from '../../check.js';
import type { View } from '../../view.js';

/** Diagnostics that make the extension fail, not just behave otherwise than written. */
const PROBLEMS: ReadonlySet<string> = new Set([
  'DEPENDENCIES_NOT_INSTALLED',
  'DEPENDENCY_FOLDER_MISSING',
  'DEPENDENCY_MISSING',
  'DEPENDENCY_VERSION_UNPUBLISHED',
  'LINT_HOST_FUNCTION',
  'LINT_HOST_INTERFACE',
  'LINT_NODE_MODULE',
  'UI_FILE_MISSING',
]);

/** What `alga validate` says of the project, as far as `codes` takes it. */
export async function observed(view: View, codes: RegExp): Promise<Observation[]> {
  const { ok, warnings } = await view.validation();
  // A manifest that does not hold is one finding, not many.
  return ok ? warnings.filter(({ code }) => codes.test(code)).map(observation) : [];
}

/** A diagnostic of the project as the doctor tells it, with the command of its hint where there is one. */
export function observation(diagnostic: Diagnostic): Observation {
  const { code, message, hint = 'See alga validate', file, line } = diagnostic;
  const place = file === undefined ? '' : ` (${file}${line === undefined ? '' : `:${line}`})`;
  return {
    severity: PROBLEMS.has(code) ? 'problem' : 'warning',
    seen: `${message}${place}`,
    expected: hint,
    fix: {
      summary: hint,
      command: /: ((?:npm|pnpm|yarn|bun) .+)$/.exec(hint)?.[1] ?? 'alga validate',
      safe: false,
    },
  };
}
