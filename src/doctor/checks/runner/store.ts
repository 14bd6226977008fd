import type { Check } from '../../check.js';
import { OWN_KIND } from './fit.js';
import { differences } from './settings.js';

/** The runner reads from the store the session writes to. */
export const runnerStoreCheck: Check = {
  id: 'runner.store',
  title: 'The runner reaches the bucket it reads from',
  group: 'runner',
  why: 'Its address, bucket, region or keys differ from those bundles are published with: extract_failed for each new one.',
  run: async (view) => {
    const [{ health }, { config }] = await Promise.all([view.runner(), view.objects()]);
    // The official runner asks without a signature and calls every private bucket unreachable.
    if (health?.kind !== OWN_KIND || health.bundle_store === 'ok') return [];
    if ((await differences(view)).length > 0) return [];
    return [
      {
        severity: 'problem',
        seen: `the runner says ${health.bundle_store}, while ${config.endpoint}/${config.bucket} answers us`,
        expected: 'runner and session use the same store, bucket, region and keys',
        fix: {
          summary: 'Start alga dev again: it gives the runner what it uses itself',
          command: 'alga dev',
          safe: false,
        },
      },
    ];
  },
};
