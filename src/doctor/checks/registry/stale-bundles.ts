import { registryIdSchema, tenantIdSchema } from '../../../core/ids.js';
import type { Check } from '../../check.js';
import { keyOf } from '../../sources/audit.js';
import { wholeRow } from '../../sources/rows.js';

/** Every older bundle that a row names is stored. */
export const registryStaleBundlesCheck: Check = {
  id: 'registry.stale-bundles',
  title: 'Every older bundle of the version is stored',
  group: 'registry',
  why: 'Going back to it (the key b) gives extract_failed: the row is there, the bundle is gone.',
  run: async (view) => {
    const [{ tenantId, registryId, bundles }, objects] = await Promise.all([view.sound(), view.objects()]);
    const owner = {
      tenantId: tenantIdSchema.parse(tenantId),
      registryId: registryIdSchema.parse(registryId),
    };
    const stale = bundles
      .slice(1)
      .filter(({ content_hash }) => !objects.sizes.has(keyOf({ owner }, content_hash)));
    if (stale.length === 0) return [];
    return [
      {
        severity: 'warning',
        seen: `${stale.length} older ${stale.length === 1 ? 'row names a bundle that is' : 'rows name bundles that are'} not stored`,
        expected: 'rows only of bundles that can be served',
        fix: {
          summary: 'Remove the rows',
          command: 'alga doctor --fix',
          safe: true,
          plan: async () => {
            const database = await view.database();
            const rows = stale.map(async ({ id }) => ({
              ...{ kind: 'row' as const, table: 'extension_bundle', id },
              ...{ before: await wholeRow(database, 'extension_bundle', id), after: null },
            }));
            return Promise.all(rows);
          },
        },
      },
    ];
  },
};
