import { randomUUID } from 'node:crypto';
import type { Check } from '../../check.js';
import { registered } from './lookup.js';

/** What is published is installed somewhere. */
export const registryInstallCheck: Check = {
  id: 'registry.install',
  title: 'The extension is installed',
  group: 'registry',
  why: 'It is in no sidebar, and the gateway answers 404 not_installed.',
  run: async (view) => {
    const found = await registered(view);
    if (found === undefined || found.installs.length > 0) return [];
    const { tenantId, registryId, versions, rows } = found;
    const newest = rows.bundles.find((bundle) => versions.some(({ id }) => id === bundle.version_id));
    const session = (await view.sessionFiles()).session;
    if (newest === undefined || (session === undefined && rows.tenants.length === 0)) return [];
    const after = {
      ...{ id: randomUUID(), tenant_id: tenantId, registry_id: registryId, version_id: newest.version_id },
      ...{ granted_caps: [], config: {}, is_enabled: true, status: 'enabled' },
      ...{ runner_status: { state: 'ready' }, created_at: new Date(), updated_at: new Date() },
    };
    return [
      {
        severity: 'problem',
        seen: 'it is published, but no tenant has it installed',
        expected: `an install for tenant ${tenantId}`,
        fix: {
          summary: 'Install it for the tenant in use',
          command: 'press r in alga dev',
          inSession: 'rebuild',
          safe: true,
          plan: async () => [
            {
              kind: 'row',
              table: 'tenant_extension_install',
              id: after.id,
              before: null,
              after: plain(after),
            },
          ],
        },
      },
    ];
  },
};

/** A row as JSON will have it. */
function plain(row: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(row)) as Record<string, unknown>;
}
