import { chmod, readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { bundleOf, type TestBundle } from '../support/runner/bundles.js';
import { EXTENSION, RunnerInProcess, TENANT } from '../support/runner/runner-in-process.js';

const IMMUTABLE = 'public, max-age=31536000, immutable';
const DEFAULT_POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'";
const PAGE = '<!doctype html><title>page</title>';
const FILES = {
  'manifest.json': '{}',
  'dist/main.wasm': 'wasm',
  'ui/index.html': PAGE,
  'ui/assets/app.js': 'export {};',
  'ui/assets/big.js': 'x'.repeat(2 * 1024 * 1024),
  'ui/other.html': '<p>other</p>',
  'ui/LICENSE': 'free',
};

let runner: RunnerInProcess;

async function started(
  env: Record<string, string> = {},
  files: Record<string, string> = FILES,
): Promise<TestBundle> {
  runner = await RunnerInProcess.start(env);
  const bundle = await bundleOf(files);
  runner.put(bundle);
  return bundle;
}

afterEach(() => runner.stop());

describe('the content security policy', () => {
  it.each([
    [{ EXT_UI_CONTENT_SECURITY_POLICY: "default-src 'none'" }, "default-src 'none'"],
    [{ EXT_UI_FRAME_ANCESTORS: 'https://app.test' }, `${DEFAULT_POLICY}; frame-ancestors https://app.test`],
    [{ EXT_UI_CONTENT_SECURITY_POLICY: ' ', EXT_UI_FRAME_ANCESTORS: ' ' }, DEFAULT_POLICY],
    [{ EXT_UI_CONTENT_SECURITY_POLICY: 'a\nb' }, DEFAULT_POLICY],
  ])('take their policy from the environment: %o', async (env, policy) => {
    const bundle = await started(env);
    const page = await runner.ui(bundle, `index.html?tenant=${TENANT}`);
    expect(page.headers.get('content-security-policy')).toBe(policy);
  });
});

describe('the tenant', () => {
  it('of an open page is still known after a restart', async () => {
    const bundle = await started({ EXT_STATIC_STRICT_VALIDATION: 'true' });
    runner.host.install(TENANT, EXTENSION, bundle.hash);
    expect((await runner.ui(bundle, `index.html?tenant=${TENANT}`)).status).toBe(200);
    runner.host.answers.delete('/api/installs/lookup-by-host');
    await runner.down();
    await runner.up();
    expect((await runner.ui(bundle, 'assets/app.js')).status).toBe(200);
  });
});

describe('strict validation', () => {
  it.each([
    [{}, 404],
    [{ EXT_STATIC_STRICT_VALIDATION: '1' }, 404],
    [{ EXT_STATIC_STRICT_VALIDATION: 'YES' }, 404],
    [{ EXT_STATIC_STRICT_VALIDATION: 'false' }, 200],
    [{ EXT_STATIC_STRICT_VALIDATION: '0' }, 200],
  ])('with %o answers %i for an install nobody knows', async (env, status) => {
    const bundle = await started({ EXT_STATIC_STRICT_VALIDATION: '', ...env });
    const answer = await runner.ui(bundle, `index.html?tenant=${TENANT}`);
    expect([answer.status, answer.headers.get('cache-control')]).toEqual(
      status === 404 ? [404, 'no-store'] : [200, IMMUTABLE],
    );
    expect(runner.host.to('/api/installs/validate').length).toBe(status === 404 ? 1 : 0);
  });

  it('forgets a failed question soon', async () => {
    const bundle = await started({ EXT_STATIC_STRICT_VALIDATION: 'true' });
    runner.host.answers.set('/api/installs/validate', () => 'reset');
    expect((await runner.ui(bundle, `index.html?tenant=${TENANT}`)).status).toBe(404);
    runner.host.install(TENANT, EXTENSION, bundle.hash);
    await expect.poll(async () => (await runner.ui(bundle, `index.html?tenant=${TENANT}`)).status).toBe(200);
  });
});

describe('a file that was cut short on disk', () => {
  it.each(['assets/app.js', 'assets/big.js'])('is refused at once, not promised whole: %s', async (name) => {
    const bundle = await started();
    expect((await runner.ui(bundle, `index.html?tenant=${TENANT}`)).status).toBe(200);
    const below = await readdir(runner.cacheRoot, { recursive: true });
    const file = join(runner.cacheRoot, below.find((path) => path.endsWith(`ui/${name}`)) ?? '');
    await chmod(file, 0o644);
    await truncate(file, 3);
    const response = await runner.ui(bundle, `${name}?tenant=${TENANT}`);
    expect(response.status).toBe(500);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });
});
