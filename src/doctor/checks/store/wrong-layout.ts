import type { Check } from '../../check.js';
import { restoring } from './restoring.js';

/** The active bundle is stored under the key of its tenant. */
export const wrongLayoutCheck: Check = {
  id: 'store.wrong-layout',
  title: 'The active bundle is stored under the key of its tenant',
  group: 'store',
  why: 'The documents name the key without tenant, the runner only reads the one with it: extract_failed.',
  run: async (view) => {
    const verdict = await view.audit();
    if (verdict.kind !== 'wrong-layout') return [];
    return [
      {
        severity: 'problem',
        seen: `the bundle lies under ${verdict.found}, not under ${verdict.key}`,
        expected: 'the runner looks under tenants/<tenant>/extensions/<id>/sha256/<hash>/bundle.tar.zst',
        fix: restoring(view, verdict.key),
      },
    ];
  },
};
