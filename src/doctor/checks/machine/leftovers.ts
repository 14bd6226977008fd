import { basename } from 'node:path';
import type { Check } from '../../check.js';

/** No files of a session that was killed. */
export const leftoversCheck: Check = {
  id: 'machine.leftovers',
  title: 'No session has left files behind',
  group: 'machine',
  why: 'Other commands look for a session that is gone, at addresses where somebody else may listen by now.',
  run: async (view) => {
    const { state, leftovers } = await view.sessionFiles();
    if (state !== 'dead') return [];
    return [
      {
        severity: 'warning',
        seen: `.alga holds ${leftovers.map(({ path }) => basename(path)).join(' and ')} of an alga dev that was killed`,
        expected: 'those files are only there while alga dev runs',
        fix: {
          summary: 'Remove the files',
          command: 'alga doctor --fix',
          safe: true,
          plan: async () =>
            leftovers.map(({ path, text }) => ({ kind: 'file' as const, path, before: text, after: null })),
        },
      },
    ];
  },
};
