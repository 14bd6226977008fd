import type { Check } from '../../check.js';

/** One extension of a name. */
export const registryDuplicatesCheck: Check = {
  id: 'registry.duplicates',
  title: 'The tenant has one extension of this name',
  group: 'registry',
  why: 'The sidebar shows it twice, and you may be looking at the one that does not change.',
  run: async (view) => {
    const [{ registries, installs }, tenantId] = await Promise.all([view.rows(), view.tenantId()]);
    const doubled = registries.filter(({ id }) =>
      installs.some((row) => row.registry_id === id && row.tenant_id === tenantId && row.is_enabled),
    );
    if (doubled.length < 2) return [];
    return [
      {
        severity: 'warning',
        seen: `it is installed from ${doubled.map(({ publisher }) => publisher).join(' and ')}`,
        expected: 'one install; a changed publisher makes another extension',
        fix: {
          summary: 'Disable the one of the old publisher on the extensions page',
          command: 'open /msp/settings/extensions of the page',
          safe: false,
        },
      },
    ];
  },
};
