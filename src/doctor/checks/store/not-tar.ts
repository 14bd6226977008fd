import type { Check } from '../../check.js';
import { restoring } from './restoring.js';

/** The stored bundle holds a tar archive. */
export const notTarCheck: Check = {
  id: 'store.not-tar',
  title: 'The stored bundle holds a tar archive',
  group: 'store',
  why: 'The runner says only {"code":"extract_failed"}, whatever the cause.',
  run: async (view) => {
    const verdict = await view.audit();
    if (verdict.kind !== 'object-bytes' || verdict.fault !== 'not-tar') return [];
    return [
      {
        severity: 'problem',
        seen: `${verdict.key} (${verdict.size} bytes): ${verdict.detail}`,
        expected: 'a tar archive with manifest.json, dist/main.wasm and ui/',
        fix: restoring(view, verdict.key),
      },
    ];
  },
};
