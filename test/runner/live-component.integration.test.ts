import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppHost } from '../support/runner/app-host.js';
import { bundleOf, keyOf, type TestBundle } from '../support/runner/bundles.js';
import { BEHAVIOURS, buildGuest } from '../support/runner/guests.js';
import { ObjectServer } from '../support/runner/object-server.js';
import { EXTENSION, environment, TENANT } from '../support/runner/runner-environment.js';
import { RunnerProcess } from '../support/runner/runner-process.js';
import { type ScratchFolder, scratchFolder } from '../support/runner/scratch-folder.js';

const OTHER = 'export function handler() { return { status: 204, headers: [], body: undefined }; }';
const SAME_KEY = 'a'.repeat(64);
const OTHER_KEY = 'b'.repeat(64);

describe('a handler in the live folder', () => {
  let store: ObjectServer;
  let app: AppHost;
  let cache: ScratchFolder;
  let live: ScratchFolder;
  let runner: RunnerProcess;
  let bundle: TestBundle;

  beforeAll(async () => {
    [store, app, cache, live] = await Promise.all([
      ObjectServer.start(),
      AppHost.start(),
      scratchFolder('live-cache'),
      scratchFolder('live'),
    ]);
    const component = await buildGuest(BEHAVIOURS);
    bundle = await bundleOf({ 'dist/main.wasm': component, 'manifest.json': 'live' });
    store.put(keyOf(TENANT, EXTENSION, bundle.hex), bundle.bytes);
    await writeFile(join(live.path, `${SAME_KEY}.wasm`), component);
    await writeFile(join(live.path, `${OTHER_KEY}.wasm`), await buildGuest(OTHER));
    const env = { ...environment(store, app, cache.path), RUNNER_LIVE_COMPONENT_DIR: live.path };
    runner = await RunnerProcess.start({ env });
  });
  afterAll(async () => {
    await runner?.stop('SIGKILL');
    await Promise.all([store?.stop(), app?.stop(), cache?.remove(), live?.remove()]);
  });

  const warmUp = async (contentHash: string, key: string): Promise<unknown> => {
    const response = await fetch(`${runner.url}/warmup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        tenant_id: TENANT,
        extension_id: EXTENSION,
        content_hash: contentHash,
        live_component: key,
      }),
    });
    return response.json();
  };

  it('is compared with the one of the bundle that follows it', async () => {
    expect(await warmUp(bundle.hash, SAME_KEY)).toMatchObject({ warm: true, same_as_live: true });
    expect(await warmUp(bundle.hash, OTHER_KEY)).toMatchObject({ warm: true, same_as_live: false });
    expect(await warmUp(bundle.hash, 'c'.repeat(64))).not.toHaveProperty('same_as_live');
  });

  it('comes in a bundle that is handed over, without a download', async () => {
    const files = { 'dist/main.wasm': await buildGuest(OTHER), 'manifest.json': 'handed over' };
    const handed = await bundleOf(files);
    await writeFile(join(live.path, `${handed.hex}.tar.zst`), handed.bytes);
    expect(await warmUp(handed.hash, OTHER_KEY)).toMatchObject({ warm: true, same_as_live: true });
    const other = await bundleOf({ ...files, 'manifest.json': 'not in the store' });
    await writeFile(join(live.path, `${other.hex}.tar.zst`), handed.bytes);
    expect(await warmUp(other.hash, OTHER_KEY)).toMatchObject({ warm: false, code: 'bundle_fetch_failed' });
  });

  it('is refused when its image is none', async () => {
    const key = 'd'.repeat(64);
    await copyFile(join(live.path, `${SAME_KEY}.wasm`), join(live.path, `${key}.image`));
    expect(await warmUp('', key)).toMatchObject({ warm: false, error: expect.stringContaining('image') });
    expect(await warmUp('', SAME_KEY)).toMatchObject({ warm: true, live_component: SAME_KEY });
  });
});
