import type { Check } from '../../check.js';
import { portOwner } from '../../sources/port-owner.js';
import { seen } from '../../unseen.js';

/** The session's host answers. */
export const hostReachableCheck: Check = {
  id: 'host.reachable',
  title: 'The host answers',
  group: 'host',
  why: 'Neither page nor gateway can be opened.',
  run: async (view) => {
    const { origin, pid } = await view.session();
    const host = await seen(view.host());
    if ('value' in host) return [];
    const owner = await portOwner(Number(new URL(origin).port));
    return [
      {
        severity: 'problem',
        seen: `${origin}: ${host.unseen.message}${owner === undefined ? '' : ` (${owner} listens there)`}`,
        expected: `alga dev (process ${pid}) answers there`,
        fix: { summary: 'Start alga dev again', command: `kill ${pid} && alga dev`, safe: false },
      },
    ];
  },
};
