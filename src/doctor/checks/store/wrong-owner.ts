import type { Check } from '../../check.js';
import { restoring } from './restoring.js';

/** The active bundle is stored for the tenant and extension in use. */
export const wrongOwnerCheck: Check = {
  id: 'store.wrong-owner',
  title: 'The active bundle is stored for the tenant and extension in use',
  group: 'store',
  why: 'Bundles are stored for each tenant apart; for another one the runner answers extract_failed.',
  run: async (view) => {
    const verdict = await view.audit();
    if (verdict.kind !== 'wrong-owner') return [];
    return [
      {
        severity: 'problem',
        seen: `the bundle lies under ${verdict.found}, not under ${verdict.key}`,
        expected: 'each tenant with an install has the bundle under its own key',
        fix: restoring(view, verdict.key),
      },
    ];
  },
};
