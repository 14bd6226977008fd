import type { Check } from '../../check.js';
import { restoring } from './restoring.js';

/** The stored bundle is complete. */
export const objectTruncatedCheck: Check = {
  id: 'store.object-truncated',
  title: 'The stored bundle is complete',
  group: 'store',
  why: 'The runner says only {"code":"extract_failed"}, whatever the cause.',
  run: async (view) => {
    const verdict = await view.audit();
    if (verdict.kind !== 'object-bytes' || verdict.fault !== 'truncated') return [];
    return [
      {
        severity: 'problem',
        seen: `${verdict.key} (${verdict.size} bytes): ${verdict.detail}`,
        expected: 'all bytes of the bundle',
        fix: restoring(view, verdict.key),
      },
    ];
  },
};
