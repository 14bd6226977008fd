import type { Check } from '../../check.js';

/** The extension has an entry, the one the session works with. */
export const registryExtensionCheck: Check = {
  id: 'registry.extension',
  title: 'The registry knows the extension',
  group: 'registry',
  why: 'Page and gateway answer that the extension is not installed or not found.',
  run: async (view) => {
    const [{ registries }, { identity }, session] = await Promise.all([
      view.rows(),
      view.project(),
      view.session(),
    ]);
    const named = `${identity.publisher}/${identity.name}`;
    const announced = session.extensions.find(({ extension }) => extension === named);
    const found = registries.find(
      (row) => row.publisher === identity.publisher && row.name === identity.name,
    );
    // The manifest was renamed under a running session; the session tells that by itself.
    if (announced === undefined || found?.id === announced.registryId) return [];
    return [
      {
        severity: 'problem',
        seen: found === undefined ? `no entry for ${named}` : `${named} has the id ${found.id}`,
        expected: `an entry with the id ${announced.registryId}, as alga dev serves it`,
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
