import { generateKeyPairSync, sign } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { ExecuteWireAnswer } from '../../runner/src/published/wire.js';
import { bundleOf, type TestBundle } from '../support/runner/bundles.js';
import { deferred } from '../support/runner/deferred.js';
import { EXTENSION, RunnerInProcess, TENANT } from '../support/runner/runner-in-process.js';
import { answer } from '../support/runner/test-engine.js';

const COMPONENT = { 'dist/main.wasm': 'component', 'ui/index.html': 'page' };

let runner: RunnerInProcess;

async function start(env: Record<string, string> = {}): Promise<void> {
  runner = await RunnerInProcess.start(env);
}

async function execute(bundle: TestBundle, headers: Record<string, string> = {}): Promise<ExecuteWireAnswer> {
  const response = await fetch(`${runner.url}/v1/execute`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-alga-tenant': TENANT,
      'x-alga-extension': EXTENSION,
      ...headers,
    },
    body: JSON.stringify({
      context: { tenant_id: TENANT, extension_id: EXTENSION, content_hash: bundle.hash },
      http: { method: 'GET', path: '/' },
      limits: { timeout_ms: 1000 },
    }),
  });
  return (await response.json()) as ExecuteWireAnswer;
}

async function bundlesOnDisk(): Promise<string[]> {
  return (await readdir(runner.cacheRoot)).filter((name) => /^[0-9a-f]{64}$/.test(name));
}

afterEach(() => runner.stop());

describe('fetching', () => {
  it('happens once for any number of first requests, by UI and handler', async () => {
    await start();
    const bundle = await bundleOf(COMPONENT);
    const key = runner.put(bundle);
    const release = runner.store.hold();
    const calls = Array.from({ length: 15 }, () => [
      execute(bundle).then((each) => each.status),
      runner.ui(bundle, `index.html?tenant=${TENANT}`).then((each) => each.status),
    ]).flat();
    await expect.poll(() => runner.store.gets(key)).toBe(1);
    release();
    expect(new Set(await Promise.all(calls))).toEqual(new Set([200]));
    expect(runner.store.gets(key)).toBe(1);
  });

  it('of one bundle does not wait for another', async () => {
    await start();
    const [slow, quick] = [
      await bundleOf({ ...COMPONENT, a: '1' }),
      await bundleOf({ ...COMPONENT, a: '2' }),
    ];
    runner.put(quick);
    expect((await execute(quick)).status).toBe(200);
    runner.put(slow);
    const release = runner.store.hold();
    const waiting = execute(slow);
    expect((await execute(quick)).status).toBe(200);
    release();
    expect((await waiting).status).toBe(200);
  });

  it('signs the address when there are credentials', async () => {
    await start({ S3_ACCESS_KEY: 'access', MINIO_SECRET_KEY: 'secret', S3_REGION: 'eu-test-1' });
    const bundle = await bundleOf(COMPONENT);
    const key = runner.put(bundle);
    expect((await execute(bundle)).status).toBe(200);
    const query = runner.store.requests.find((seen) => seen.key === key)?.query;
    expect(query?.get('X-Amz-Algorithm')).toBe('AWS4-HMAC-SHA256');
    expect(query?.get('X-Amz-Credential')).toMatch(/^access\/\d{8}\/eu-test-1\/s3\/aws4_request$/);
    expect(query?.get('X-Amz-Expires')).toBe('60');
    expect(query?.get('X-Amz-Signature')).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is tried again after failures that may pass', async () => {
    await start();
    const bundle = await bundleOf({ ...COMPONENT, big: Buffer.alloc(300_000, Math.random().toString()) });
    const key = runner.put(bundle);
    runner.store.spoil(503, 'reset', 'cut');
    expect((await execute(bundle)).status).toBe(200);
    expect(runner.store.gets(key)).toBe(4);
  });

  it.each([400, 403, 404])('is not tried again after a %i', async (status) => {
    await start();
    const bundle = await bundleOf(COMPONENT);
    const key = runner.put(bundle);
    runner.store.spoil(status);
    const refused = await execute(bundle);
    expect([refused.status, refused.error]).toEqual([502, expect.stringContaining(String(status))]);
    expect(runner.store.gets(key)).toBe(1);
    expect((await execute(bundle)).status).toBe(200);
  });

  it('gives up in the end, without telling a signed address', async () => {
    await start({ RUNNER_STORE_ATTEMPTS: '2', S3_ACCESS_KEY: 'access', S3_SECRET_KEY: 'secret' });
    const bundle = await bundleOf(COMPONENT);
    const key = runner.put(bundle);
    runner.store.spoil(500, 'reset');
    const refused = await execute(bundle);
    expect(refused.error).toMatch(/^bundle_fetch_failed: bundle store/);
    expect(refused.error).not.toContain('X-Amz');
    expect(runner.store.gets(key)).toBe(2);
  });

  it('gives up on a store that does not answer', async () => {
    await start({ RUNNER_STORE_TIMEOUT_MS: '200', RUNNER_STORE_ATTEMPTS: '1' });
    const bundle = await bundleOf(COMPONENT);
    runner.put(bundle);
    const release = runner.store.hold();
    expect((await execute(bundle)).error).toMatch(/^bundle_fetch_failed: /);
    release();
  });

  it('asks for the tenant’s own object when another tenant’s is missing', async () => {
    await start();
    const bundle = await bundleOf(COMPONENT);
    runner.put(bundle, 'has-it');
    const release = runner.store.hold();
    const without = execute(bundle, { 'x-alga-tenant': 'has-not' });
    await expect.poll(() => runner.store.requests.length).toBe(1);
    const having = execute(bundle, { 'x-alga-tenant': 'has-it' });
    release();
    expect([(await without).status, (await having).status]).toEqual([502, 200]);
  });

  it.each(['../other', 'a/b', '..', 'a\\b', 'a?b'])(
    'refuses the tenant id %j as part of a key',
    async (tenant) => {
      await start();
      const bundle = await bundleOf(COMPONENT);
      const refused = await execute(bundle, { 'x-alga-tenant': tenant });
      expect([refused.status, refused.error?.split(':')[0]]).toEqual([502, 'bundle_fetch_failed']);
      expect(runner.store.requests).toEqual([]);
    },
  );

  it.each([
    ['canonical', 1],
    ['fallback', 2],
  ])('finds the canonical object with the layout %s', async (layout, requests) => {
    await start({ RUNNER_BUNDLE_LAYOUT: layout });
    const bundle = await bundleOf(COMPONENT);
    runner.store.put(`sha256/${bundle.hex}/bundle.tar.zst`, bundle.bytes);
    expect((await execute(bundle)).status).toBe(200);
    expect(runner.store.requests.length).toBe(requests);
  });

  it('does not look at the canonical object by default', async () => {
    await start();
    const bundle = await bundleOf(COMPONENT);
    runner.store.put(`sha256/${bundle.hex}/bundle.tar.zst`, bundle.bytes);
    expect((await execute(bundle)).status).toBe(502);
  });

  it('unpacks large archives in a thread of their own', async () => {
    await start();
    const pattern = Buffer.from(Array.from({ length: 4096 }, (_, n) => (n * 7919) & 0xff));
    const big = Buffer.concat(Array.from({ length: (80 * 1024 * 1024) / 4096 }, () => pattern));
    const bundle = await bundleOf({ ...COMPONENT, 'ui/big.json': big });
    runner.put(bundle);
    const page = await runner.ui(bundle, `big.json?tenant=${TENANT}`);
    expect(Buffer.from(await page.arrayBuffer()).equals(big)).toBe(true);
  });
});

describe('the cache', () => {
  it('outlives the process, and works offline from then on', async () => {
    await start({});
    const bundle = await bundleOf(COMPONENT);
    const key = runner.put(bundle);
    expect((await execute(bundle)).status).toBe(200);
    await runner.down();
    await runner.up();
    expect((await execute(bundle)).status).toBe(200);
    expect(runner.store.gets(key)).toBe(1);
  });

  it('refuses what it does not hold when offline, without asking the store', async () => {
    await start({ RUNNER_OFFLINE: 'true' });
    const bundle = await bundleOf(COMPONENT);
    runner.put(bundle);
    expect((await execute(bundle)).error).toMatch(/^bundle_fetch_failed: runner is offline/);
    expect(runner.store.requests).toEqual([]);
  });

  it('serves nobody a bundle whose files were damaged on disk', async () => {
    await start();
    const bundle = await bundleOf(COMPONENT);
    const key = runner.put(bundle);
    expect((await execute(bundle)).status).toBe(200);
    await runner.down();
    const file = join(runner.cacheRoot, bundle.hex, 'ui/index.html');
    await chmod(file, 0o644);
    await writeFile(file, 'hack');
    await runner.up();
    expect(await (await runner.ui(bundle, `index.html?tenant=${TENANT}`)).text()).toBe('page');
    expect(runner.store.gets(key)).toBe(2);
  });

  it('fetches again what vanished from disk while it ran', async () => {
    await start();
    const bundle = await bundleOf({ ...COMPONENT, 'ui/big.js': 'x'.repeat(1_100_000) });
    const key = runner.put(bundle);
    expect((await execute(bundle)).status).toBe(200);
    await rm(join(runner.cacheRoot, bundle.hex), { recursive: true });
    expect((await runner.ui(bundle, `big.js?tenant=${TENANT}`)).status).toBe(200);
    expect(runner.store.gets(key)).toBe(2);
    await rm(join(runner.cacheRoot, bundle.hex), { recursive: true });
    runner.engine.guest = async (_request, _signal, { file }) => {
      const there = await readFile(file, 'utf8').catch(() => undefined);
      if (there !== undefined) return answer(200, there);
      return { kind: 'failure', code: 'execute_failed', reason: 'init', message: 'component cannot be read' };
    };
    expect((await execute(bundle)).status).toBe(200);
    expect(runner.store.gets(key)).toBe(3);
  });

  it('takes over what the official runner unpacked', async () => {
    await start();
    const bundle = await bundleOf(COMPONENT);
    await runner.down();
    const dir = join(runner.cacheRoot, bundle.hex);
    await mkdir(join(dir, 'bundle/dist'), { recursive: true });
    await mkdir(join(dir, 'ui'), { recursive: true });
    await writeFile(join(dir, 'bundle/dist/main.wasm'), 'component');
    await writeFile(join(dir, 'ui/index.html'), 'theirs');
    await writeFile(join(dir, 'bundle/.ready'), 'ok');
    await runner.up();
    expect(await (await runner.ui(bundle, 'index.html')).text()).toBe('theirs');
    expect((await execute(bundle)).status).toBe(200);
    expect(runner.store.requests).toEqual([]);
  });

  it('replaces what the official runner left half unpacked', async () => {
    await start();
    const bundle = await bundleOf(COMPONENT);
    runner.put(bundle);
    await mkdir(join(runner.cacheRoot, bundle.hex, 'ui'), { recursive: true });
    await writeFile(join(runner.cacheRoot, bundle.hex, 'ui/index.html'), 'half');
    expect(await (await runner.ui(bundle, `index.html?tenant=${TENANT}`)).text()).toBe('page');
  });

  it('removes at start what interrupted runners left behind', async () => {
    await start();
    await runner.down();
    const tmp = join(runner.cacheRoot, 'tmp');
    await mkdir(join(tmp, '999999999-0123456789ab'), { recursive: true });
    await mkdir(join(tmp, `${process.ppid}-0123456789ab`), { recursive: true });
    await writeFile(join(tmp, `${'a'.repeat(64)}.Ab12cD.tar.zst`), 'half a download');
    await runner.up();
    const left = (await readdir(tmp)).filter((name) => !name.startsWith(`${process.pid}-`));
    // A folder whose process lives is none of ours.
    expect(left).toEqual([`${process.ppid}-0123456789ab`]);
  });
});

describe('eviction', () => {
  const kilobyte = (seed: number): string => `${seed}`.padEnd(10_000, 'x');

  async function bundles(count: number): Promise<TestBundle[]> {
    const made = Array.from({ length: count }, (_, n) => bundleOf({ ...COMPONENT, 'data.txt': kilobyte(n) }));
    return await Promise.all(made);
  }

  it('takes the least recently used bundles, and they come back when asked for', async () => {
    await start({ EXT_CACHE_MAX_BYTES: '35000' });
    const made = await bundles(4);
    const [a, b, c, d] = made as [TestBundle, TestBundle, TestBundle, TestBundle];
    for (const bundle of made) runner.put(bundle);
    for (const bundle of [a, b, c]) expect((await execute(bundle)).status).toBe(200);
    expect((await execute(a)).status).toBe(200);
    expect((await execute(d)).status).toBe(200);
    await expect.poll(async () => (await bundlesOnDisk()).sort()).toEqual([a.hex, c.hex, d.hex].sort());
    expect(runner.engine.forgotten).toEqual([b.hex]);
    expect((await execute(b)).status).toBe(200);
  });

  it('never takes what is in use', async () => {
    await start({ EXT_CACHE_MAX_BYTES: '1' });
    const [used, other] = (await bundles(2)) as [TestBundle, TestBundle];
    runner.put(used);
    runner.put(other);
    const begun = deferred<string>();
    const end = deferred<void>();
    runner.engine.guest = async (_request, _signal, { hash, file }) => {
      if (hash !== used.hex) return answer(200);
      begun.resolve(file);
      await end.promise;
      return answer(200, await readFile(file, 'utf8'));
    };
    const call = execute(used);
    await begun.promise;
    for (let round = 0; round < 3; round += 1) expect((await execute(other)).status).toBe(200);
    end.resolve(undefined);
    expect(Buffer.from((await call).body_b64 ?? '', 'base64').toString()).toBe('component');
    await expect.poll(bundlesOnDisk).toEqual([]);
  });

  it('also counts what earlier runs left', async () => {
    await start({ EXT_CACHE_MAX_BYTES: '100000' });
    for (const bundle of await bundles(3)) {
      runner.put(bundle);
      await execute(bundle);
    }
    await runner.down();
    const { cacheRoot } = runner;
    expect((await readdir(cacheRoot)).filter((name) => name.length === 64).length).toBe(3);
    const small = await RunnerInProcess.start({ EXT_CACHE_ROOT: cacheRoot, EXT_CACHE_MAX_BYTES: '25000' });
    await expect.poll(async () => (await bundlesOnDisk()).length).toBe(2);
    await small.stop();
    await runner.up();
  });

  it('under load gives no failed and no wrong answer', async () => {
    await start({ EXT_CACHE_MAX_BYTES: '60000', RUNNER_UI_MEMORY_BYTES: '0' });
    const made = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        bundleOf({ 'ui/index.html': `page ${n}`, 'ui/x.json': kilobyte(n) }),
      ),
    );
    for (const bundle of made) runner.put(bundle);
    const ask = async (n: number): Promise<string> => {
      const bundle = made[n % made.length] as TestBundle;
      const response = await runner.ui(bundle, `index.html?tenant=${TENANT}`);
      return `${response.status} ${await response.text()}`;
    };
    const answers = await Promise.all(Array.from({ length: 400 }, (_, n) => ask((n * 7) % 12)));
    const expected = Array.from({ length: 400 }, (_, n) => `200 page ${((n * 7) % 12) % made.length}`);
    expect(answers).toEqual(expected);
    expect((await bundlesOnDisk()).length).toBeLessThan(12);
  });
});

describe('signatures', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const trust = publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const stranger = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

  async function signed(signature: ((bytes: Buffer) => string | Buffer) | undefined): Promise<TestBundle> {
    const bundle = await bundleOf(COMPONENT);
    const key = runner.put(bundle);
    if (signature !== undefined) runner.store.put(`${key}.sig`, Buffer.from(signature(bundle.bytes)));
    return bundle;
  }
  const cosign =
    (key = privateKey) =>
    (bytes: Buffer) =>
      `${sign('sha256', bytes, key).toString('base64')}\n`;

  it('of a trusted key let a bundle run', async () => {
    await start({ SIGNING_TRUST_BUNDLE: trust });
    expect((await execute(await signed(cosign()))).status).toBe(200);
  });

  it.each<[string, ((bytes: Buffer) => string | Buffer) | undefined, string]>([
    ['no signature', undefined, 'signature_missing'],
    ['a stranger’s signature', cosign(stranger.privateKey), 'signature_invalid'],
    ['a signature of other bytes', () => cosign()(Buffer.from('other')), 'signature_invalid'],
    ['garbage', () => 'garbage', 'signature_invalid'],
    ['an empty signature', () => '', 'signature_invalid'],
    [
      'an OpenPGP signature without a key for it',
      () => '-----BEGIN PGP SIGNATURE-----',
      'signature_untrusted',
    ],
  ])('fail closed: %s', async (_name, signature, code) => {
    await start({ SIGNING_TRUST_BUNDLE: trust });
    const bundle = await signed(signature);
    expect((await execute(bundle)).error).toMatch(new RegExp(`^bundle_fetch_failed: ${code}`));
    expect((await runner.ui(bundle, `index.html?tenant=${TENANT}`)).status).toBe(500);
    expect(await bundlesOnDisk()).toEqual([]);
  });

  it('are asked for again when a bundle was cached without them', async () => {
    await start();
    const bundle = await signed(undefined);
    expect((await execute(bundle)).status).toBe(200);
    await runner.down();
    const { cacheRoot, store } = runner;
    const strict = await RunnerInProcess.start({
      EXT_CACHE_ROOT: cacheRoot,
      BUNDLE_STORE_BASE: store.base,
      SIGNING_TRUST_BUNDLE: trust,
    });
    const answered = await strict.ui(bundle, `index.html?tenant=${TENANT}`);
    expect(answered.status).toBe(500);
    await strict.stop();
    await runner.up();
  });

  it('cannot be switched off by an empty trust set', async () => {
    await start();
    await expect(RunnerInProcess.start({ SIGNING_TRUST_BUNDLE: '-----BEGIN NOTHING-----' })).rejects.toThrow(
      'SIGNING_TRUST_BUNDLE',
    );
  });
});
