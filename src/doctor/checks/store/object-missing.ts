import type { Check } from '../../check.js';
import { restoring } from './restoring.js';

/** The active bundle is stored. */
export const objectMissingCheck: Check = {
  id: 'store.object-missing',
  title: 'The active bundle is stored',
  group: 'store',
  why: 'The runner answers {"code":"extract_failed"} as soon as its own copy is gone.',
  run: async (view) => {
    const verdict = await view.audit();
    if (verdict.kind !== 'object-missing') return [];
    return [
      {
        severity: 'problem',
        seen: `there is no object ${verdict.key}`,
        expected: 'an object with the bytes whose hash the key names',
        fix: restoring(view, verdict.key),
      },
    ];
  },
};
