import type { CheckedProject } from '../type-question.js';

/**
 * Stands for a project whose types cannot be checked because the native compiler does not start: it is a
 * program for each platform, which an installation without optional packages leaves out. That is one fault,
 * told like any other that was there from the beginning, and stops nothing.
 */
export function unavailableProject(cause: unknown): CheckedProject {
  const text = cause instanceof Error ? cause.message : String(cause);
  return { check: async () => [{ kind: 'unavailable', number: 0, text }] };
}
