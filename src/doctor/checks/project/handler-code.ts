import type { Check } from '../../check.js';
import { observed } from './diagnostics.js';

/** The handler uses nothing a component lacks. */
export const handlerCodeCheck: Check = {
  id: 'project.handler-code',
  title: 'The handler uses nothing a component lacks',
  group: 'project',
  why: 'It builds without a word, and traps or answers nonsense when it is called.',
  run: (view) => observed(view, /^LINT_(?!UI_)/),
};
