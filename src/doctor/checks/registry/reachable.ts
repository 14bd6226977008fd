import type { Check } from '../../check.js';
import { STACK_KIND } from '../../sources/stack.js';
import { ifSeen, seen } from '../../unseen.js';

/** The database answers. */
export const registryReachableCheck: Check = {
  id: 'registry.reachable',
  title: 'The database answers',
  group: 'registry',
  why: 'No install is found: the gateway answers 503 and the runner 404.',
  run: async (view) => {
    const database = await seen(view.database());
    if ('value' in database) return [];
    const { unseen } = database;
    if (unseen.part === STACK_KIND) throw unseen;
    const session = await ifSeen(view.session());
    // A stack that does not run is nothing to worry about, unless a session stands on it.
    if (unseen.absence === 'idle' && session === undefined) throw unseen;
    return [
      {
        severity: 'problem',
        seen: unseen.message,
        expected:
          session === undefined
            ? 'it takes connections'
            : `it runs, as alga dev (process ${session.pid}) does`,
        fix: { summary: 'See what the stack is doing', command: 'alga stack status', safe: false },
      },
    ];
  },
};
