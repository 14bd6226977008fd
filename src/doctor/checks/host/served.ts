import type { Check } from '../../check.js';
import type { View } from '../../view.js';
import { madeNewest } from '../registry/bundle-hash.js';

/** The host serves what the registry says is active. */
export const hostServedCheck: Check = {
  id: 'host.served',
  title: 'Host and registry name the same bundle',
  group: 'host',
  why: 'The page shows one version of your code and the gateway calls another.',
  run: async (view) => {
    const verdict = await view.audit();
    if (verdict.kind !== 'host-hash') return [];
    const { row, served, servedStored } = verdict;
    return [
      {
        severity: 'problem',
        seen: `alga dev serves ${served}, the newest row names ${row.content_hash}`,
        expected: 'both name the bundle that was published last',
        fix: {
          summary: 'Make the bundle that is served the active one again',
          command: 'press r in alga dev',
          safe: true,
          plan: async () => (servedStored ? planRow(view, served) : []),
        },
      },
    ];
  },
};

async function planRow(view: View, served: string) {
  const { bundles } = await view.installed();
  const row = bundles.find(({ content_hash }) => content_hash === served);
  return row === undefined ? [] : [await madeNewest(view, row.id)];
}
