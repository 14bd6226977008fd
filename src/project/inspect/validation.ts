import type { SourceLocation } from '../../core/errors/alga-error.js';
import { readTextIfThere, shownPath } from '../files.js';
import { loadProject } from '../load.js';
import { checkManifest } from '../manifest/validate.js';
import { findRoot } from '../shape/root.js';
import type { Diagnostic } from '../types.js';
import { projectFindings } from './findings.js';

/** One broken rule of the manifest. */
export interface ValidationProblem extends SourceLocation {
  readonly code: 'MANIFEST_SYNTAX' | 'MANIFEST_INVALID';
  /** JSON pointer of the value. */
  readonly pointer: string;
  readonly message: string;
}

export interface Validation {
  readonly root: string;
  readonly manifest: string;
  /** False when the product would refuse the manifest. */
  readonly ok: boolean;
  readonly problems: readonly ValidationProblem[];
  readonly warnings: readonly Diagnostic[];
}

/**
 * Checks a project's manifest against every rule of the product, and the project against the
 * manifest. Collects all problems instead of throwing the first.
 */
export async function validateProject(
  dir: string,
  options: { features: 'default' | 'parity' },
): Promise<Validation> {
  const { root, manifestPath } = await findRoot(dir);
  const file = shownPath(root, manifestPath);
  const check = checkManifest((await readTextIfThere(manifestPath)) ?? '', file);
  if (!check.ok) {
    const code: ValidationProblem['code'] = check.syntax ? 'MANIFEST_SYNTAX' : 'MANIFEST_INVALID';
    const problems = check.problems.map(({ pointer, problem, location }) => ({
      code,
      pointer,
      message: pointer === '' ? problem : `${pointer} ${problem}`,
      ...location,
    }));
    return { root, manifest: file, ok: false, problems, warnings: [] };
  }
  const project = await loadProject(root);
  const warnings = [...project.warnings, ...(await projectFindings(project, options))];
  return { root, manifest: file, ok: true, problems: [], warnings };
}
