import { createHash, randomBytes } from 'node:crypto';
import { Client } from 'minio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ContentHash, contentHashOfHex, registryIdSchema, tenantIdSchema } from '../../src/core/ids.js';
import {
  type BundleAddress,
  type BundleStore,
  type BundleStoreOptions,
  bundleKey,
  createBundleStore,
  type StoreConfig,
} from '../../src/store/index.js';
import { faultyWay } from './support/faulty-way.js';
import { startObjectServer, type TestObjectServer } from './support/object-server.js';

let server: TestObjectServer;
let store: BundleStore;
let plain: Client;
const opened: BundleStore[] = [];

const tenantId = tenantIdSchema.parse('51bbbfe5-0720-4d9b-b3e5-b5b43e441a52');
const registryId = registryIdSchema.parse('3b8b0204-25d9-57d0-951b-3ed518145469');

function open(changes: Partial<StoreConfig> = {}, options: BundleStoreOptions = {}): BundleStore {
  const one = createBundleStore({ ...server.config, ...changes }, options);
  opened.push(one);
  return one;
}

beforeAll(async () => {
  server = await startObjectServer();
  store = open();
  await store.ensureBucket();
  const { hostname, port } = new URL(server.config.endpoint);
  plain = new Client({ ...server.config, endPoint: hostname, port: Number(port), useSSL: false });
});
afterAll(async () => {
  await Promise.all(opened.map((one) => one.close()));
  await server.remove();
});

const { bucket } = { bucket: 'extensions' };
const hashOf = (bytes: Uint8Array): ContentHash =>
  contentHashOfHex(createHash('sha256').update(bytes).digest('hex'));
const addressOf = (bytes: Uint8Array): BundleAddress => ({
  tenantId,
  registryId,
  contentHash: hashOf(bytes),
});
/** Content of its own for each test: they share one server. */
const fresh = (size = 5000): Buffer => randomBytes(size);

async function stored(address: BundleAddress): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of await plain.getObject(bucket, bundleKey(address))) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Writes under a bundle's key past the product, as a broken tool would. */
const plant = (address: BundleAddress, bytes: Buffer): Promise<unknown> =>
  plain.putObject(bucket, bundleKey(address), bytes);

describe('put', () => {
  test('stores the bytes under the key of tenant, extension and hash', async () => {
    const bytes = fresh();
    const address = addressOf(bytes);
    const result = await store.put(address, bytes);
    const key = `tenants/${tenantId}/extensions/${registryId}/sha256/${address.contentHash.slice(7)}/bundle.tar.zst`;
    expect(result).toEqual({ key, url: `${server.config.endpoint}/extensions/${key}`, state: 'created' });
    expect((await stored(address)).equals(bytes)).toBe(true);
    const { metaData } = await plain.statObject(bucket, key);
    expect(metaData).toMatchObject({
      'content-type': 'application/zstd',
      'content-sha256': hashOf(bytes).slice(7),
    });
  });

  test('finds the same bytes present and does not write them again', async () => {
    const bytes = fresh();
    await store.put(addressOf(bytes), bytes);
    const before = await plain.statObject(bucket, bundleKey(addressOf(bytes)));
    expect(await store.put(addressOf(bytes), bytes)).toMatchObject({ state: 'present' });
    const after = await plain.statObject(bucket, bundleKey(addressOf(bytes)));
    expect(after.lastModified).toEqual(before.lastModified);
  });

  test('of many writers at once exactly one creates the object', async () => {
    const bytes = fresh(300_000);
    const results = await Promise.all(Array.from({ length: 8 }, () => store.put(addressOf(bytes), bytes)));
    expect(results.filter((result) => result.state === 'created')).toHaveLength(1);
    expect((await stored(addressOf(bytes))).equals(bytes)).toBe(true);
  });

  test('a bundle larger than one part of a multipart upload is still one conditional write', async () => {
    const bytes = Buffer.alloc(70 * 1_048_576, 7);
    expect(await store.put(addressOf(bytes), bytes)).toMatchObject({ state: 'created' });
    expect(await store.put(addressOf(bytes), bytes)).toMatchObject({ state: 'present' });
  });

  test('bytes that are not what the address says are never sent', async () => {
    const bytes = fresh();
    const address = addressOf(fresh());
    await expect(store.put(address, bytes)).rejects.toThrow('not what the address claims');
    expect(await store.check(address)).toBeUndefined();
  });

  test('something else under the key is replaced once it is proven to be different, and told', async () => {
    const bytes = fresh();
    const address = addressOf(bytes);
    await plant(address, Buffer.from('something else'));
    const notes: string[] = [];
    const mending = open({}, { onNote: (text) => notes.push(text) });
    await mending.put(address, bytes);
    expect((await stored(address)).equals(bytes)).toBe(true);
    expect(notes).toEqual([expect.stringContaining(`${bundleKey(address)} held 14 bytes of sha256:`)]);
  });

  test('in a store that is not ours it is refused and left alone', async () => {
    const bytes = fresh();
    const address = addressOf(bytes);
    await plant(address, Buffer.from('something else'));
    await expect(open({}, { replaceCorrupt: false }).put(address, bytes)).rejects.toMatchObject({
      code: 'STORE_OBJECT_DIFFERS',
    });
    expect((await stored(address)).toString()).toBe('something else');
  });

  test('can be given up', async () => {
    const bytes = fresh();
    const reason = new Error('superseded');
    await expect(store.put(addressOf(bytes), bytes, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(await store.check(addressOf(bytes))).toBeUndefined();
    const way = await faultyWay(server.config.endpoint);
    way.freeze();
    const stuck = open({ endpoint: way.endpoint });
    const giveUp = new AbortController();
    const call = stuck.put(addressOf(bytes), bytes, giveUp.signal);
    giveUp.abort(reason);
    await expect(call).rejects.toBe(reason);
    await way.close();
  });
});

describe('reading', () => {
  test('check tells what the store really holds', async () => {
    const bytes = fresh();
    const address = addressOf(bytes);
    expect(await store.check(address)).toBeUndefined();
    await store.put(address, bytes);
    expect(await store.check(address)).toEqual({ size: 5000, contentHash: hashOf(bytes) });
    const other = Buffer.from('other');
    await plant(address, other);
    expect(await store.check(address)).toEqual({ size: 5, contentHash: hashOf(other) });
  });

  test('read gives proven bytes or an error', async () => {
    const bytes = fresh();
    const address = addressOf(bytes);
    await expect(store.read(address)).rejects.toMatchObject({ code: 'STORE_OBJECT_MISSING' });
    await store.put(address, bytes);
    expect((await store.read(address)).equals(bytes)).toBe(true);
    await plant(address, Buffer.from('other'));
    await expect(store.read(address)).rejects.toMatchObject({ code: 'STORE_OBJECT_DIFFERS' });
  });
});

describe('garbage', () => {
  const owner = { tenantId, registryId: registryIdSchema.parse('bba3f57c-8de2-5d81-bb68-050d3bf39ef2') };

  test('is what nobody keeps and nobody may be about to need; other owners are not touched', async () => {
    const bundles = [fresh(), fresh(), fresh()];
    for (const bytes of bundles) await store.put({ ...owner, contentHash: hashOf(bytes) }, bytes);
    const [kept, ...rest] = bundles.map(hashOf);
    if (kept === undefined) throw new Error('no bundle');
    const neighbour = fresh();
    await store.put(addressOf(neighbour), neighbour);
    await plain.putObject(
      bucket,
      `tenants/${tenantId}/extensions/${owner.registryId}/sha256/readme.txt`,
      'x',
    );

    expect((await store.list(owner)).map((bundle) => bundle.contentHash).sort()).toEqual(
      [kept, ...rest].sort(),
    );
    const keep = new Set([kept]);
    expect(await store.collectGarbage({ ...owner, keep })).toEqual([]);
    const removed = await store.collectGarbage({ ...owner, keep, minAgeMs: 0 });
    expect(removed.sort()).toEqual(rest.map((contentHash) => bundleKey({ ...owner, contentHash })).sort());
    expect(await store.list(owner)).toMatchObject([{ contentHash: kept, size: 5000 }]);
    expect(await store.check(addressOf(neighbour))).toBeDefined();
  });
});

describe('a store in trouble', () => {
  test.each([1, 2, 3])('%i reset connections are got over', async (resets) => {
    const way = await faultyWay(server.config.endpoint);
    const bytes = fresh();
    const shaky = open({ endpoint: way.endpoint });
    way.reset(resets);
    expect(await shaky.put(addressOf(bytes), bytes)).toMatchObject({ state: 'created' });
    await way.close();
  });

  test('a server that never comes through is unreachable', async () => {
    const way = await faultyWay(server.config.endpoint);
    way.reset(1000);
    await expect(open({ endpoint: way.endpoint }).ping()).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
    });
    await way.close();
    await expect(open({ endpoint: way.endpoint }).ping()).rejects.toMatchObject({
      code: 'STORE_UNREACHABLE',
    });
  });

  test('the first call after a restart of the server goes through', async () => {
    const own = await startObjectServer();
    const one = createBundleStore(own.config);
    await one.ensureBucket();
    const bytes = fresh();
    await one.put(addressOf(bytes), bytes);
    await own.stop();
    await own.start();
    expect(await one.put(addressOf(bytes), bytes)).toMatchObject({ state: 'present' });
    await one.close();
    await own.remove();
  });

  test.each<[string, Partial<StoreConfig>, string]>([
    ['a wrong secret', { secretKey: 'canary-wrong' }, 'STORE_ACCESS_DENIED'],
    ['an unknown access key', { accessKey: 'nobody' }, 'STORE_ACCESS_DENIED'],
    ['a missing bucket', { bucket: 'nowhere' }, 'STORE_BUCKET_MISSING'],
  ])('%s has its own code and shows no secret', async (_, changes, code) => {
    const bytes = fresh();
    const wrong = open(changes);
    for (const call of [() => wrong.put(addressOf(bytes), bytes), () => wrong.ping()]) {
      const error = await Promise.resolve(call()).then(
        () => undefined,
        (thrown: { code: string; message: string; hint: string }) => thrown,
      );
      expect(error?.code).toBe(code);
      expect(`${error?.message} ${error?.hint}`).not.toContain('canary');
    }
  });

  test.each([
    '',
    'nonsense',
    'ftp://127.0.0.1',
    'http://127.0.0.1/path',
    'http://u:p@127.0.0.1',
    'http://h/?x=1',
  ])('the address %j is refused', (endpoint) => {
    expect(() => createBundleStore({ ...server.config, endpoint })).toThrow(
      expect.objectContaining({ code: 'STORE_ADDRESS_INVALID' }),
    );
  });

  test('the bucket can be made by several at once', async () => {
    const made = open({ bucket: 'made-by-many' });
    await Promise.all([
      made.ensureBucket(),
      made.ensureBucket(),
      open({ bucket: 'made-by-many' }).ensureBucket(),
    ]);
    await expect(made.ping()).resolves.toBeUndefined();
  });
});
