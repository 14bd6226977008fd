import type { Check } from '../../check.js';
import { observed } from './diagnostics.js';

/** Capabilities that are used are declared. */
export const capabilitiesCheck: Check = {
  id: 'project.capabilities',
  title: 'Capabilities that are used are declared',
  group: 'project',
  why: 'Without the declaration the host answers every such call with "denied".',
  run: (view) => observed(view, /^(?:CAPABILITY_|MANIFEST_CAPABILITY_UNKNOWN$)/),
};
