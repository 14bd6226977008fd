import type { Check } from '../../check.js';
import { observed } from './diagnostics.js';

/** All packages are there, in versions that exist. */
export const dependenciesCheck: Check = {
  id: 'project.dependencies',
  title: 'All packages are there, in versions that exist',
  group: 'project',
  why: 'The install or the build fails, often with a message about another package.',
  run: (view) => observed(view, /^DEPENDENC/),
};
