import type { Check } from '../../check.js';
import { portOwner } from '../../sources/port-owner.js';
import { seen } from '../../unseen.js';

/** The session's runner answers. */
export const runnerReachableCheck: Check = {
  id: 'runner.reachable',
  title: 'The runner answers',
  group: 'runner',
  why: 'The gateway answers 502 bad_gateway, and no page of an extension loads.',
  run: async (view) => {
    const { runnerUrl } = await view.session();
    const runner = await seen(view.runner());
    const fix = {
      summary: 'Restart the runner',
      command: 'press R in alga dev',
      safe: false,
      inSession: 'restartRunner',
    } as const;
    if ('unseen' in runner) {
      const { message } = runner.unseen;
      return [
        { severity: 'problem', seen: `${runnerUrl}: ${message}`, expected: 'it answers GET /healthz', fix },
      ];
    }
    if (runner.value.health !== undefined) return [];
    const owner = await portOwner(Number(new URL(runnerUrl).port));
    return [
      {
        severity: 'problem',
        seen: `${runnerUrl} answers ${runner.value.status}, but not as a runner does${owner === undefined ? '' : `: it is ${owner}`}`,
        expected: 'the health answer of an extension runner',
        fix,
      },
    ];
  },
};
