import type { Check } from '../../check.js';
import { observed } from './diagnostics.js';
import { missingHelpers } from './missing-helpers.js';

/** All packages are there, in versions that exist. */
export const dependenciesCheck: Check = {
  id: 'project.dependencies',
  title: 'All packages are there, in versions that exist',
  group: 'project',
  why: 'The install or the build fails, often with a message about another package.',
  run: async (view) => [...(await observed(view, /^DEPENDENC/)), ...(await missingHelpers(view))],
};
