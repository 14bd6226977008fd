import type { Check } from '../../check.js';
import { observed } from './diagnostics.js';

/** Secrets of development stay out of the repository. */
export const secretsCheck: Check = {
  id: 'project.secrets',
  title: 'Secrets of development stay out of the repository',
  group: 'project',
  why: 'A secrets file that is not ignored is committed sooner or later.',
  run: (view) => observed(view, /^SECRETS_/),
};
