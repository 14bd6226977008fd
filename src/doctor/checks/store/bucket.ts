import { storeCheck } from './failure.js';

/** The bucket for bundles is there. */
export const storeBucketCheck = storeCheck(
  {
    id: 'store.bucket',
    title: 'The bucket for bundles is there',
    why: 'Nothing can be published, and the runner finds no bundle.',
  },
  ['bucket'],
  async (view, message) => {
    const { bucket } = (await view.stack()).store;
    return {
      severity: 'problem',
      seen: message,
      expected: `a bucket named ${bucket}`,
      fix: {
        summary: `Make the bucket ${bucket}`,
        command: 'alga doctor --fix',
        safe: true,
        plan: async () => [{ kind: 'bucket', name: bucket, before: null, after: bucket }],
      },
    };
  },
);
