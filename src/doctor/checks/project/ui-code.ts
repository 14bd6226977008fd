import type { Check } from '../../check.js';
import { observed } from './diagnostics.js';

/** The UI does nothing that comes to nothing in the product's frame. */
export const uiCodeCheck: Check = {
  id: 'project.ui-code',
  title: 'The UI uses only what works in the frame of the product',
  group: 'project',
  why: 'It builds without a word, and then a message never arrives, a dialog never opens, or it works in one setup of Alga only.',
  run: (view) => observed(view, /^LINT_UI_/),
};
