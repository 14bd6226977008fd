import { lintHandler } from '../lint/index.js';
import type { Diagnostic, Project } from '../types.js';
import { dependencyFindings } from './dependencies.js';

/**
 * What is to be said about a project beyond its shape: code that misbehaves in a component,
 * capabilities that do not match, packages that are missing. Reads sources; runs nothing.
 */
export async function projectFindings(
  project: Project,
  options: { features: 'default' | 'parity' },
): Promise<Diagnostic[]> {
  return [...(await lintHandler(project, options)), ...(await dependencyFindings(project))];
}
