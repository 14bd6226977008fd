import type { Check } from '../../check.js';
import { registered } from './lookup.js';

/** The tenant in use has the install. */
export const registryWrongTenantCheck: Check = {
  id: 'registry.wrong-tenant',
  title: 'The extension is installed for the tenant in use',
  group: 'registry',
  why: 'It does not show in the sidebar of the user you are logged in as, although it is installed.',
  run: async (view) => {
    const found = await registered(view);
    const [other] = found?.installs ?? [];
    if (found === undefined || other === undefined) return [];
    const { tenantId, installs, rows } = found;
    if (installs.some((install) => install.tenant_id === tenantId)) return [];
    const name = rows.tenants.find((row) => row.tenant === other.tenant_id)?.client_name;
    return [
      {
        severity: 'problem',
        seen: `it is installed for tenant ${other.tenant_id}${name === undefined ? ', which does not exist' : ` (${name})`}`,
        expected: `it is installed for tenant ${tenantId}`,
        fix: {
          summary: 'Move the install to the tenant in use',
          command: `alga dev --tenant ${other.tenant_id}`,
          safe: name === undefined,
          plan: async () => [
            {
              kind: 'row',
              table: 'tenant_extension_install',
              id: other.id,
              before: { tenant_id: other.tenant_id },
              after: { tenant_id: tenantId },
            },
          ],
        },
      },
    ];
  },
};
