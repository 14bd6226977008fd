import type { Check, Fix } from '../../check.js';
import type { BundleRow } from '../../sources/rows.js';

/** The active bundle's hash is written as every reader wants it. */
export const registryHashFormCheck: Check = {
  id: 'registry.hash-form',
  title: 'The hash of the active bundle is well formed',
  group: 'registry',
  why: 'The page cannot build its address from it, and the runner answers 400 "invalid content hash".',
  run: async (view) => {
    const verdict = await view.audit();
    if (verdict.kind !== 'hash-form') return [];
    return [
      {
        severity: 'problem',
        seen: `content_hash is ${JSON.stringify(verdict.row.content_hash)}`,
        expected: '"sha256:" and 64 lower-case hex digits',
        fix: fixOf(verdict.row),
      },
    ];
  },
};

function fixOf(row: BundleRow): Fix {
  const hex = /^(?:sha256:)?([0-9a-f]{64})$/i.exec(row.content_hash.trim())?.[1]?.toLowerCase();
  const place = { kind: 'row', table: 'extension_bundle', id: row.id } as const;
  const before = { content_hash: row.content_hash };
  if (hex !== undefined) {
    const after = { content_hash: `sha256:${hex}` };
    const plan = async () => [{ ...place, before, after }];
    return { summary: 'Write the hash in its form', command: 'alga doctor --fix', safe: true, plan };
  }
  return { summary: 'Publish again', command: 'press r in alga dev', safe: false, inSession: 'rebuild' };
}
