import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { ExecuteWireAnswer } from '../../runner/src/published/wire.js';
import { startRunner } from '../../src/stack/runner/index.js';
import { bundleOf } from '../support/runner/bundles.js';
import { BEHAVIOURS, buildGuest } from '../support/runner/guests.js';
import { EXTENSION, TENANT } from '../support/runner/runner-environment.js';
import { S3Store } from '../support/runner/s3-store.js';
import { scratchFolder } from '../support/runner/scratch-folder.js';

const cleanup: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const step of cleanup.splice(0).reverse()) await step();
});

/** Asks over a connection of its own: one that was kept would end with the process it led to. */
function ask(url: string, body?: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      'x-alga-tenant': TENANT,
      'x-alga-extension': EXTENSION,
    };
    const asked = request(url, { agent: false, method: body ? 'POST' : 'GET', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', reject).on('end', () => resolve(text));
    });
    asked.on('error', reject);
    asked.end(body && JSON.stringify(body));
  });
}

/** Whether a process is there. */
function exists(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 0);
  } catch {
    return false;
  }
}

it('a runner that is killed while it serves comes back by itself, says why, and knows its bundles', async () => {
  const [store, folder] = await Promise.all([S3Store.start(), scratchFolder('killed')]);
  cleanup.push(folder.remove, () => store.stop());
  const bundle = await bundleOf({ 'dist/main.wasm': await buildGuest(BEHAVIOURS) });
  await store.put(TENANT, EXTENSION, bundle, bundle.bytes);
  const cacheRoot = join(folder.path, 'cache');
  const runner = await startRunner({
    registryBaseUrl: 'http://127.0.0.1:1',
    storageApiBaseUrl: 'http://127.0.0.1:1',
    authKey: 'killed-auth-key',
    serviceToken: 'killed-service-token',
    store: store.config,
    cacheRoot,
    preferredPort: 0,
    logFile: join(folder.path, 'runner.log'),
  });
  cleanup.push(() => runner.stop());
  const crashes: Array<{ cause: string; restarted: boolean }> = [];
  runner.onCrash((cause, restarted) => crashes.push({ cause, restarted }));
  const execute = async (path: string): Promise<ExecuteWireAnswer> =>
    JSON.parse(
      await ask(`${runner.url}/v1/execute`, {
        context: { tenant_id: TENANT, extension_id: EXTENSION, content_hash: bundle.hash },
        http: { method: 'GET', path },
        limits: { timeout_ms: 60_000 },
      }),
    ) as ExecuteWireAnswer;
  const running = async (): Promise<string | undefined> =>
    /executions_running (\d+)/.exec(await ask(`${runner.url}/metrics`))?.[1];

  for (const round of [1, 2]) {
    expect((await execute('/count')).error).toBeNull();
    const cut = execute('/loop').then(
      () => 'answered',
      () => 'cut',
    );
    await expect.poll(running, { timeout: 20_000 }).toBe('1');
    const before = runner.pid();
    process.kill(before ?? 0, 'SIGKILL');
    expect(await cut).toBe('cut');
    // Its connections end one by one while it dies: the door to new ones may be the last.
    await expect.poll(() => exists(before)).toBe(false);
    // Who asks while nobody is there waits for the next process.
    expect((await execute('/count')).error).toBeNull();
    expect(runner.pid()).not.toBe(before);
    await expect.poll(() => crashes.length).toBe(round);
    expect(crashes.at(-1)).toEqual({ cause: expect.stringContaining('SIGKILL'), restarted: true });
  }
  // The bundle was neither lost nor fetched again, and nothing half done is left.
  expect(await ask(`${runner.url}/metrics`)).toContain('alga_runner_bundle_download_bytes_total 0');
  expect(await readdir(join(cacheRoot, 'tmp'))).toHaveLength(1);
}, 60_000);
