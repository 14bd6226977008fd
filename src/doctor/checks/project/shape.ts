import type { Check } from '../../check.js';
import { observed } from './diagnostics.js';

/** Manifest and folders tell the same. */
export const shapeCheck: Check = {
  id: 'project.shape',
  title: 'Manifest and folders tell the same',
  group: 'project',
  why: 'A page, a handler or an endpoint that one names and the other lacks is answered with an error.',
  run: (view) =>
    observed(
      view,
      /^(?:MANIFEST_(?:ENDPOINT_WITHOUT_HANDLER|HANDLER_WITHOUT_ENDPOINT|UI_WITHOUT_PAGE|PAGE_WITHOUT_UI)|HANDLER_NO_WRAPPER)$/,
    ),
};
