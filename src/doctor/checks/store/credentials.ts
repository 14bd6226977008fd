import { storeCheck } from './failure.js';

/** The object store takes our keys. */
export const storeCredentialsCheck = storeCheck(
  {
    id: 'store.credentials',
    title: 'The object store takes our keys',
    why: 'Uploads and the signed downloads of the runner are refused; the page shows extract_failed.',
  },
  ['credentials'],
  async (_view, message) => ({
    severity: 'problem',
    seen: `it refuses them: ${message}`,
    expected: 'access key and secret key are the ones the store was started with',
    fix: {
      summary: 'Stop the stack and start alga dev again, so that all parts read the same keys',
      command: 'alga stack stop --force',
      safe: false,
    },
  }),
);
