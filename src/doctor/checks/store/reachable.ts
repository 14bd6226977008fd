import { storeCheck } from './failure.js';

/** The object store answers. */
export const storeReachableCheck = storeCheck(
  {
    id: 'store.reachable',
    title: 'The object store answers',
    why: 'Nothing can be published, and the runner answers extract_failed for every bundle it does not have yet.',
  },
  ['unreachable', 'other'],
  async (view, message) => ({
    severity: 'problem',
    seen: `${(await view.stack()).store.endpoint}: ${message}`,
    expected: 'the object store of the stack answers there',
    fix: { summary: 'See what the stack is doing', command: 'alga stack status', safe: false },
  }),
);
