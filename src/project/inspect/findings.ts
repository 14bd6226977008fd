import { lintHandler } from '../lint/index.js';
import { lintUi } from '../lint/ui.js';
import type { Diagnostic, Project } from '../types.js';
import { dependencyFindings } from './dependencies.js';

/**
 * What is to be said about a project beyond its shape: code that misbehaves in a component or in the product's
 * frame, capabilities that do not match, packages that are missing. Reads sources; runs nothing.
 */
export async function projectFindings(
  project: Project,
  options: { features: 'default' | 'parity' },
): Promise<Diagnostic[]> {
  return [
    ...(await lintHandler(project, options)),
    ...(await lintUi(project)),
    ...(await dependencyFindings(project)),
  ];
}
