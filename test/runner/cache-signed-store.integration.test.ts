import { Client } from 'minio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createObjectStore, type ObjectStore } from '../../src/stack/embedded/object-store/server.js';
import { bundleOf, keyOf, type TestBundle } from '../support/runner/bundles.js';
import { EXTENSION, RunnerInProcess, TENANT } from '../support/runner/runner-in-process.js';
import { type ScratchFolder, scratchFolder } from '../support/runner/scratch-folder.js';

// A store that checks every signature, with ids and a prefix that need encoding.

const BUCKET = 'bundles';
const CREDENTIALS = { accessKey: 'test-access', secretKey: 'test/secret+key' };
const REGION = 'eu-test-1';
const ODD_TENANT = "tenant with ü, (brackets) & 'quotes'+*!";

let store: ObjectStore;
let folder: ScratchFolder;
let port: number;
let bundle: TestBundle;

beforeAll(async () => {
  folder = await scratchFolder('signed-store');
  store = await createObjectStore({
    dataDir: folder.path,
    credentials: CREDENTIALS,
    region: REGION,
    onFault: () => undefined,
  });
  await store.ensureBucket(BUCKET);
  port = await store.listen(0);
  bundle = await bundleOf({ 'ui/index.html': 'signed' });
  const s3 = new Client({ endPoint: '127.0.0.1', port, useSSL: false, region: REGION, ...CREDENTIALS });
  for (const key of [keyOf(TENANT, EXTENSION, bundle.hex), keyOf(ODD_TENANT, EXTENSION, bundle.hex)]) {
    await s3.putObject(BUCKET, key, bundle.bytes);
    await s3.putObject(BUCKET, `prefix/${key}`, bundle.bytes);
  }
});
afterAll(async () => {
  await store.stop();
  await folder.remove();
});

async function withRunner(env: Record<string, string>, check: (runner: RunnerInProcess) => Promise<void>) {
  const runner = await RunnerInProcess.start({
    BUNDLE_STORE_BASE: `http://127.0.0.1:${port}/${BUCKET}`,
    S3_ACCESS_KEY: CREDENTIALS.accessKey,
    S3_SECRET_KEY: CREDENTIALS.secretKey,
    S3_REGION: REGION,
    ...env,
  });
  await check(runner).finally(() => runner.stop());
}

const page = async (runner: RunnerInProcess, tenant: string): Promise<[number, string]> => {
  const answer = await runner.ui(bundle, `index.html?tenant=${encodeURIComponent(tenant)}`);
  return [answer.status, await answer.text()];
};

describe('a private bucket', () => {
  it.each([
    [TENANT, ''],
    [ODD_TENANT, ''],
    [ODD_TENANT, '/prefix//'],
  ])('is read with signed addresses: tenant %j, prefix %j', async (tenant, prefix) => {
    await withRunner({ BUNDLE_STORE_BASE: `http://127.0.0.1:${port}/${BUCKET}${prefix}` }, async (runner) => {
      expect(await page(runner, tenant)).toEqual([200, 'signed']);
      const health = await (await fetch(`${runner.url}/healthz`)).json();
      expect(health).toMatchObject({ bundle_store: 'ok' });
    });
  });

  it('refuses a wrong secret and a request without any', async () => {
    for (const env of [{ S3_SECRET_KEY: 'wrong' }, { S3_SECRET_KEY: '' }]) {
      await withRunner(env, async (runner) => {
        expect((await page(runner, TENANT))[0]).toBe(500);
        const health = await (await fetch(`${runner.url}/healthz`)).json();
        expect(health).toMatchObject({ cache_writable: true, bundle_store: 'bundle_store_unreachable' });
      });
    }
  });
});
