import { contentHashOf } from '../../../core/content-hash.js';
import type { Fix } from '../../check.js';
import type { Change } from '../../mend/change.js';
import { findBundleBytes } from '../../sources/right-bytes.js';
import type { View } from '../../view.js';

/** Puts the right bytes under a key, from wherever they still are; no changes when they are nowhere. */
export function restoring(view: View, key: string): Fix {
  return {
    summary: 'Store the bundle again from what is still there of it, under its key',
    command: 'press r in alga dev',
    inSession: 'rebuild',
    safe: true,
    plan: () => planRestore(view, key),
  };
}

async function planRestore(view: View, key: string): Promise<Change[]> {
  const [objects, root, { bundles }] = await Promise.all([view.objects(), view.root(), view.installed()]);
  const hash = bundles[0]?.content_hash;
  const found = hash === undefined ? undefined : await findBundleBytes(root, objects, hash);
  if (hash === undefined || found === undefined) return [];
  const now = await objects.read(key);
  return [
    {
      kind: 'object',
      key,
      before: now === undefined ? null : contentHashOf(now),
      after: hash,
      content: found.bytes,
    },
  ];
}
