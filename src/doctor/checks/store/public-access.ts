import type { Check } from '../../check.js';
import { ask } from '../../sources/http.js';

/** Nobody reads the bucket without keys. */
export const storePublicCheck: Check = {
  id: 'store.public-access',
  title: 'The bucket is not open to everybody',
  group: 'store',
  why: 'Anybody who reaches the store can read the code of every extension.',
  run: async (view, signal) => {
    const { config } = await view.objects();
    const answer = await ask(`${config.endpoint}/${config.bucket}?list-type=2&max-keys=1`, signal);
    if (answer.status !== 200) return [];
    return [
      {
        severity: 'warning',
        seen: `the bucket ${config.bucket} can be listed without keys`,
        expected: 'a request without a signature is refused',
        fix: { summary: 'Take the public policy off the bucket', command: 'alga stack reset', safe: false },
      },
    ];
  },
};
