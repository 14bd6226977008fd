import type { Check } from '../../check.js';
import { restoring } from './restoring.js';

/** The stored bundle is compressed with zstd. */
export const notZstdCheck: Check = {
  id: 'store.not-zstd',
  title: 'The stored bundle is compressed with zstd',
  group: 'store',
  why: 'The runner says only {"code":"extract_failed"}, whatever the cause.',
  run: async (view) => {
    const verdict = await view.audit();
    if (verdict.kind !== 'object-bytes' || verdict.fault !== 'not-zstd') return [];
    return [
      {
        severity: 'problem',
        seen: `${verdict.key} (${verdict.size} bytes): ${verdict.detail}`,
        expected: 'one zstd frame, as bundle.tar.zst says',
        fix: restoring(view, verdict.key),
      },
    ];
  },
};
