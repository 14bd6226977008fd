import type { Check } from '../../check.js';
import type { Change } from '../../mend/change.js';
import { type BundleRow, wholeRow } from '../../sources/rows.js';
import type { View } from '../../view.js';

/** The active row names the bundle that is stored and served. */
export const registryBundleHashCheck: Check = {
  id: 'registry.bundle-hash',
  title: 'The active row names the bundle that is stored and served',
  group: 'registry',
  why: 'The gateway sends the runner after a bundle that is not there: bundle_fetch_failed, extract_failed.',
  run: async (view) => {
    const verdict = await view.audit();
    if (verdict.kind !== 'row-hash') return [];
    const { row, good, by } = verdict;
    return [
      {
        severity: 'problem',
        seen: `the newest row names ${row.content_hash}, of which there is no object`,
        expected:
          by === 'host' ? `${good}, which alga dev serves` : `${good}, the only bundle that is stored`,
        fix: {
          summary: 'Name the good bundle in the row',
          command: 'alga doctor --fix',
          safe: true,
          plan: () => planRow(view, row, good),
        },
      },
    ];
  },
};

/** Two rows of a version may not name the same bundle: the other one then takes the first place instead. */
async function planRow(view: View, row: BundleRow, good: string): Promise<Change[]> {
  const { bundles } = await view.installed();
  const other = bundles.find(({ content_hash }) => content_hash === good);
  const place = { kind: 'row', table: 'extension_bundle' } as const;
  if (other === undefined) {
    const before = { content_hash: row.content_hash };
    return [{ ...place, id: row.id, before, after: { content_hash: good } }];
  }
  const wrong = await wholeRow(await view.database(), 'extension_bundle', row.id);
  const removal = { ...place, id: row.id, before: wrong, after: null };
  return bundles[1] === other ? [removal] : [removal, await madeNewest(view, other.id)];
}

/** A bundle row in the first place: the newest row is the active one. */
export async function madeNewest(view: View, id: string): Promise<Change> {
  const { created_at } = await wholeRow(await view.database(), 'extension_bundle', id);
  const after = { created_at: new Date().toISOString() };
  return { kind: 'row', table: 'extension_bundle', id, before: { created_at }, after };
}
