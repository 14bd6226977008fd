import type { Check } from '../../check.js';
import { restoring } from './restoring.js';

/** The stored bundle is the one its key names. */
export const hashMismatchCheck: Check = {
  id: 'store.hash-mismatch',
  title: 'The stored bundle is the one its key names',
  group: 'store',
  why: 'The runner answers 502 {"code":"archive_hash_mismatch"}: somebody wrote over the object.',
  run: async (view) => {
    const verdict = await view.audit();
    if (verdict.kind !== 'object-bytes' || verdict.fault !== 'other') return [];
    return [
      {
        severity: 'problem',
        seen: `${verdict.key} (${verdict.size} bytes): ${verdict.detail}`,
        expected: 'bytes whose SHA-256 is the hash in the key',
        fix: restoring(view, verdict.key),
      },
    ];
  },
};
