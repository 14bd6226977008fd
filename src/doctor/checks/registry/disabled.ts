import type { Check } from '../../check.js';

/** The install is switched on. */
export const registryDisabledCheck: Check = {
  id: 'registry.disabled',
  title: 'The install is enabled',
  group: 'registry',
  why: 'It is in no sidebar, and the gateway answers 404 extension_not_available.',
  run: async (view) => {
    const { install } = await view.installed();
    const { id, is_enabled, status } = install;
    if (is_enabled && status === 'enabled') return [];
    return [
      {
        severity: 'problem',
        seen: `is_enabled is ${is_enabled}, status is ${status}`,
        expected: 'is_enabled is true, status is enabled',
        fix: {
          summary: 'Enable the install',
          command: 'alga doctor --fix',
          safe: true,
          plan: async () => [
            {
              kind: 'row',
              table: 'tenant_extension_install',
              id,
              before: { is_enabled, status },
              after: { is_enabled: true, status: 'enabled' },
            },
          ],
        },
      },
    ];
  },
};
