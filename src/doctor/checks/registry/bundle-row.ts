import type { Check } from '../../check.js';

/** The installed version has a bundle. */
export const registryBundleRowCheck: Check = {
  id: 'registry.bundle-row',
  title: 'The installed version has a bundle',
  group: 'registry',
  why: 'The page has no address to load, and the gateway answers 404 not_installed.',
  run: async (view) => {
    const verdict = await view.audit();
    if (verdict.kind !== 'no-row') return [];
    const { version } = await view.installed();
    return [
      {
        severity: 'problem',
        seen: `extension_bundle has no row for version ${version.version}`,
        expected: 'at least one row, the newest of which names the active bundle',
        fix: {
          summary: 'Publish again',
          command: 'press r in alga dev',
          inSession: 'rebuild',
          safe: false,
        },
      },
    ];
  },
};
