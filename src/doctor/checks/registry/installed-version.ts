import type { Check } from '../../check.js';
import { registered } from './lookup.js';

/** The install points at the version that is being developed. */
export const registryInstalledVersionCheck: Check = {
  id: 'registry.installed-version',
  title: 'The install points at the version of the manifest',
  group: 'registry',
  why: 'What you see is another version than the one you edit; your saves change nothing on the page.',
  run: async (view) => {
    const [found, { identity }] = await Promise.all([registered(view), view.project(), view.session()]);
    const install = found?.installs.find(({ tenant_id }) => tenant_id === found.tenantId);
    const installed = found?.versions.find(({ id }) => id === install?.version_id);
    const meant = found?.versions.find(({ version }) => version === identity.version);
    if (install === undefined || meant === undefined || installed?.id === meant.id) return [];
    return [
      {
        severity: 'problem',
        seen: `version ${installed?.version ?? install.version_id} is installed`,
        expected: `version ${meant.version}, which the manifest names and alga dev publishes`,
        fix: {
          summary: `Point the install at ${meant.version}`,
          command: 'alga doctor --fix',
          safe: true,
          plan: async () => [
            {
              kind: 'row',
              table: 'tenant_extension_install',
              id: install.id,
              before: { version_id: install.version_id },
              after: { version_id: meant.id },
            },
          ],
        },
      },
    ];
  },
};
