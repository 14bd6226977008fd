import { readdir } from 'node:fs/promises';
import { afterEach, expect, it } from 'vitest';
import type { ExecuteWireAnswer } from '../../runner/src/published/wire.js';
import { type RunnerHandle, startRunner } from '../../src/stack/runner/index.js';
import { bundleOf, type TestBundle } from '../support/runner/bundles.js';
import { BEHAVIOURS, buildGuest } from '../support/runner/guests.js';
import { RunnerInProcess, TENANT } from '../support/runner/runner-in-process.js';
import { S3Store } from '../support/runner/s3-store.js';
import { scratchFolder } from '../support/runner/scratch-folder.js';

// A runner that is made ready for more than its caches hold keeps what was used last.

const cleanup: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const step of cleanup.splice(0).reverse()) await step();
});

const extensionId = (n: number): string => `9a8b7c6d-0000-4000-8000-00000000000${n}`;

/** Numbers of the bundles that are complete on disk. */
async function onDisk(folder: string, bundles: readonly TestBundle[]): Promise<number[]> {
  const names = await readdir(folder);
  return bundles.flatMap(({ hex }, n) => (names.includes(hex) ? [n] : []));
}

it.each([
  ['the last one first', [5, 4, 3, 2, 1, 0]],
  ['the last one last', [0, 1, 2, 3, 4, 5]],
])('of bundles made ready %s, those used last stay on disk', async (_name, order) => {
  const runner = await RunnerInProcess.start({ EXT_CACHE_MAX_BYTES: '350000' });
  cleanup.push(() => runner.stop());
  const bundles = await Promise.all(
    Array.from({ length: 6 }, (_, n) => bundleOf({ 'dist/main.wasm': `${n}`.repeat(100_000) })),
  );
  for (const [n, bundle] of bundles.entries()) runner.put(bundle, TENANT, extensionId(n));
  const warm = async (n: number): Promise<number> => {
    const response = await fetch(`${runner.url}/warmup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        tenant_id: TENANT,
        extension_id: extensionId(n),
        content_hash: bundles[n]?.hash,
        used_at: 1_700_000_000_000 + n * 1000,
      }),
    });
    return response.status;
  };
  expect(new Set(await Promise.all(order.map(warm)))).toEqual(new Set([200]));
  await expect.poll(() => onDisk(runner.cacheRoot, bundles)).toEqual([3, 4, 5]);
  // The order outlives the process.
  await runner.down();
  await runner.up();
  const next = await bundleOf({ 'dist/main.wasm': 'x'.repeat(100_000), 'ui/index.html': 'page' });
  runner.put(next);
  await runner.ui(next, `index.html?tenant=${TENANT}`);
  await expect.poll(() => onDisk(runner.cacheRoot, bundles)).toEqual([4, 5]);
});

it('after a restart, what was used last is ready, though the cache holds less than what is in use', async () => {
  const [store, cache, component] = await Promise.all([
    S3Store.start(),
    scratchFolder('warm'),
    buildGuest(BEHAVIOURS),
  ]);
  cleanup.push(cache.remove, () => store.stop());
  const bundles = await Promise.all(
    Array.from({ length: 5 }, async (_, n) => {
      const bundle = await bundleOf({ 'dist/main.wasm': component, 'manifest.json': `extension ${n}` });
      await store.put(TENANT, extensionId(n), bundle, bundle.bytes);
      return bundle;
    }),
  );
  const runner: RunnerHandle = await startRunner({
    registryBaseUrl: 'http://127.0.0.1:1',
    storageApiBaseUrl: 'http://127.0.0.1:1',
    authKey: 'warm-auth-key',
    serviceToken: 'warm-service-token',
    store: store.config,
    cacheRoot: cache.path,
    preferredPort: 0,
    extensions: bundles.length,
    env: { RUST_LOG: 'warn', EXT_CACHE_MAX_BYTES: String(Math.floor(component.length * 3.5)) },
  });
  cleanup.push(() => runner.stop());
  const execute = async (n: number): Promise<ExecuteWireAnswer> => {
    const response = await fetch(`${runner.url}/v1/execute`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-alga-tenant': TENANT,
        'x-alga-extension': extensionId(n),
      },
      body: JSON.stringify({
        context: {
          tenant_id: TENANT,
          extension_id: extensionId(n),
          content_hash: bundles[n]?.hash,
        },
        http: { method: 'GET', path: '/count' },
        limits: { timeout_ms: 20_000 },
      }),
    });
    return (await response.json()) as ExecuteWireAnswer;
  };
  const metric = async (name: string): Promise<number> => {
    // Of the process that serves now: a kept connection may still lead to the one before it.
    const text = await (await fetch(`${runner.directUrl()}/metrics`)).text();
    return Number(new RegExp(`^alga_runner_${name} (\\d+)`, 'm').exec(text)?.[1]);
  };

  for (const n of [0, 1, 2, 3, 4]) expect((await execute(n)).error).toBeNull();
  // The first one is in use all the time: longer than the runner takes to say so again.
  const since = performance.now();
  while (performance.now() - since < 1500) expect((await execute(0)).error).toBeNull();
  await runner.restart();
  await expect.poll(() => onDisk(cache.path, bundles), { timeout: 15_000 }).toEqual([0, 3, 4]);
  const [compiled, downloaded] = [
    await metric('compile_misses_total'),
    await metric('bundle_download_bytes_total'),
  ];
  for (const n of [0, 4, 3]) expect((await execute(n)).error).toBeNull();
  expect(await metric('compile_misses_total')).toBe(compiled);
  expect(await metric('bundle_download_bytes_total')).toBe(downloaded);
}, 60_000);
