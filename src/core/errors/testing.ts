import { spec } from './define.js';

/** Errors of the `testing` room and of `alga test`. See `catalogue.ts` for how they are joined. */
export const testingErrors = {
  TEST_NO_HANDLER: spec<{ root: string }>(
    1,
    (p) => `There is no handler in ${p.root} to test.`,
    () => 'Run `alga inspect` to see what was looked for.',
  ),
  TEST_ENDPOINT_UNDECLARED: spec<{ method: string; path: string }>(
    1,
    (p) =>
      `The test calls ${p.method} ${p.path}, which the manifest does not declare: the product answers 404.`,
    (p) => `Run: alga add endpoint ${p.method} ${p.path}`,
  ),
  TEST_REQUEST_UNANSWERED: spec<{ method: string; url: string; door: string }>(
    1,
    (p) => `The handler asked for ${p.method} ${p.url}, and the test has no answer to that.`,
    (p) => `Program one before the call: extension.host.${p.door}.on('${p.method}', '${p.url}', { json: … })`,
  ),
  TEST_VITEST_MISSING: spec<{ root: string; command: string }>(
    1,
    (p) => `The tests of ${p.root} need vitest, which is not installed there.`,
    (p) => `Run: ${p.command}`,
  ),
} as const;
