import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { InstallId } from '../../src/core/ids.js';
import {
  createRegistry,
  type Registry,
  ServiceError,
  type StorageService,
} from '../../src/registry/index.js';
import { startTestServer, type TestDatabase, type TestServer } from './support/database.js';
import { publication } from './support/publication.js';

let server: TestServer;
let database: TestDatabase;
let registry: Registry;
let storage: StorageService;
let installId: InstallId;

beforeAll(async () => {
  server = await startTestServer();
  database = await server.database();
  registry = createRegistry(database);
  storage = registry.services.storage;
  ({ installId } = await registry.publish(publication(database.tenantId, 'a')));
});
afterAll(async () => {
  await registry.close();
  await server.stop();
});
beforeEach(async () => {
  await database.query('DELETE FROM ext_storage_records');
  await database.query('DELETE FROM ext_storage_usage');
});

const namespace = 'notes';
const put = (key: string, more: Record<string, unknown> = {}): ReturnType<StorageService['put']> =>
  storage.put(installId, { namespace, key, value: key, ...more });
const get = (key: string, more = {}): ReturnType<StorageService['get']> =>
  storage.get(installId, { namespace, key, ...more });

/** Status and code of a refused call, as the caller sees them. */
async function refused(call: Promise<unknown>): Promise<{ status: number; code: string | null }> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ServiceError)) throw new Error(`not refused: ${String(error)}`);
  return { status: error.status, code: error.code };
}

const usage = (): Promise<Record<string, unknown>[]> =>
  database.query('SELECT bytes_used, keys_count, namespaces_count FROM ext_storage_usage');

describe('put and get', () => {
  test('give back value, metadata and times', async () => {
    const value = { a: [1, null, 'ü'], b: { c: true } };
    const stored = await put('k', { value, metadata: { encoding: 'base64-bytes' }, ttlSeconds: 60 });
    expect(stored).toEqual({
      namespace,
      key: 'k',
      revision: 1,
      ttlExpiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
      createdAt: expect.stringMatching(/Z$/),
      updatedAt: stored.createdAt,
    });
    expect(await get('k')).toEqual({ ...stored, value, metadata: { encoding: 'base64-bytes' } });
    expect(Date.parse(stored.ttlExpiresAt ?? '') - Date.parse(stored.createdAt)).toBe(60_000);
  });

  test.each([[null], [''], [0], [false], ['text'], [[]], [[1, 'a']]])(
    'the value %j comes back',
    async (value) => {
      await put('k', { value });
      expect((await get('k')).value).toEqual(value);
    },
  );

  test('a missing value is null', async () => {
    await storage.put(installId, { namespace, key: 'k' });
    expect((await get('k')).value).toBeNull();
  });

  test('an overwrite replaces value, metadata and expiry, counts up and keeps the creation', async () => {
    const first = await put('k', { metadata: { a: 1 }, ttlSeconds: 60 });
    const second = await put('k', { value: 2 });
    expect(second).toMatchObject({ revision: 2, ttlExpiresAt: null, createdAt: first.createdAt });
    expect(await get('k')).toMatchObject({ value: 2, metadata: {} });
  });

  test('a deleted key starts anew', async () => {
    await put('k');
    await put('k');
    expect(await storage.delete(installId, { namespace, key: 'k' })).toEqual({ success: true });
    expect((await put('k')).revision).toBe(1);
  });

  test('a missing key is not found', async () => {
    expect(await refused(get('none'))).toEqual({ status: 404, code: 'NOT_FOUND' });
  });

  test('namespaces keep their keys apart', async () => {
    await put('k', { value: 1 });
    await put('k', { value: 2, namespace: 'other' });
    expect((await get('k')).value).toBe(1);
    expect(await storage.namespaces(installId)).toEqual([
      { namespace: 'notes', keys: 1 },
      { namespace: 'other', keys: 1 },
    ]);
  });
});

describe('revisions', () => {
  test('a write goes through with the stored revision only', async () => {
    await put('k');
    expect(await refused(put('k', { ifRevision: 2 }))).toEqual({ status: 409, code: 'REVISION_MISMATCH' });
    expect(await refused(put('k', { ifRevision: 0 }))).toEqual({ status: 409, code: 'REVISION_MISMATCH' });
    expect((await put('k', { ifRevision: 1 })).revision).toBe(2);
  });

  test.each([0, 1])('on a missing key the revision %i is a mismatch', async (ifRevision) => {
    expect(await refused(put('k', { ifRevision }))).toEqual({ status: 409, code: 'REVISION_MISMATCH' });
  });

  test('reading and deleting compare too, but deleting nothing succeeds with false', async () => {
    await put('k');
    expect(await refused(get('k', { ifRevision: 2 }))).toEqual({ status: 409, code: 'REVISION_MISMATCH' });
    const wrong = storage.delete(installId, { namespace, key: 'k', ifRevision: 9 });
    expect(await refused(wrong)).toEqual({ status: 409, code: 'REVISION_MISMATCH' });
    expect(await storage.delete(installId, { namespace, key: 'none', ifRevision: 9 })).toEqual({
      success: false,
    });
  });

  test('of writers with one expectation exactly one wins', async () => {
    await put('k');
    const calls = Array.from({ length: 8 }, (_, n) => put('k', { value: n, ifRevision: 1 }));
    const won = (await Promise.allSettled(calls)).filter((outcome) => outcome.status === 'fulfilled');
    expect(won).toHaveLength(1);
    expect((await get('k')).revision).toBe(2);
  });
});

describe('limits', () => {
  const text = (bytes: number): string => 'x'.repeat(bytes - 2);

  test.each<[string, Record<string, unknown>, number, string | null]>([
    ['an empty namespace', { namespace: '' }, 400, null],
    ['a long namespace', { namespace: 'n'.repeat(129) }, 400, null],
    ['an empty key', { key: '' }, 400, null],
    ['a long key', { key: 'k'.repeat(257) }, 400, null],
    ['a slash in the key', { key: 'a/b' }, 400, 'VALIDATION_FAILED'],
    ['a large value', { value: text(65_537) }, 400, 'LIMIT_EXCEEDED'],
    ['a large value of few characters', { value: 'ü'.repeat(32_768) }, 400, 'LIMIT_EXCEEDED'],
    ['large metadata', { metadata: { a: text(4_096) } }, 400, 'LIMIT_EXCEEDED'],
    ['a short time to live', { ttlSeconds: 59 }, 400, 'LIMIT_EXCEEDED'],
    ['a long time to live', { ttlSeconds: 2_592_001 }, 400, 'LIMIT_EXCEEDED'],
    ['no time to live', { ttlSeconds: 0 }, 400, null],
    ['a negative revision', { ifRevision: -1 }, 400, null],
    ['metadata that is no object', { metadata: 'x' }, 400, null],
  ])('%s is refused', async (_, more, status, code) => {
    expect(await refused(put('k', more))).toEqual({ status, code });
    expect(await database.query('SELECT 1 FROM ext_storage_records')).toEqual([]);
  });

  test.each<[string, Record<string, unknown>]>([
    ['the longest names', { namespace: 'n'.repeat(128), key: 'k'.repeat(256) }],
    ['the largest value', { value: text(65_536) }],
    ['the shortest and the longest life', { ttlSeconds: 2_592_000 }],
    ['odd names', { namespace: `'; DROP TABLE x; --`, key: '%_\\"' }],
  ])('%s pass', async (_, more) => {
    await expect(put('k', more)).resolves.toBeDefined();
  });

  test('a schema error names the fields and has no code', async () => {
    await expect(storage.put(installId, { namespace: '', key: 7 })).rejects.toMatchObject({
      body: {
        error: 'Validation error',
        details: {
          formErrors: [],
          fieldErrors: { namespace: [expect.any(String)], key: [expect.any(String)] },
        },
      },
    });
  });

  test('of bulk writes: items, payload, duplicates, mixed schemas', async () => {
    const bulk = (items: unknown[]): Promise<unknown> => storage.bulkPut(installId, { namespace, items });
    const many = Array.from({ length: 21 }, (_, n) => ({ key: `k${n}`, value: 1 }));
    expect(await refused(bulk(many))).toEqual({ status: 400, code: 'LIMIT_EXCEEDED' });
    const large = Array.from({ length: 9 }, (_, n) => ({ key: `k${n}`, value: text(60_000) }));
    expect(await refused(bulk(large))).toEqual({ status: 400, code: 'LIMIT_EXCEEDED' });
    const twice = [
      { key: 'a', value: 1 },
      { key: 'a', value: 2 },
    ];
    expect(await refused(bulk(twice))).toEqual({ status: 400, code: 'VALIDATION_FAILED' });
    const mixed = [
      { key: 'a', value: 1, schemaVersion: 1 },
      { key: 'b', value: 2 },
    ];
    expect(await refused(bulk(mixed))).toEqual({ status: 400, code: 'VALIDATION_FAILED' });
    expect(await refused(bulk([]))).toEqual({ status: 400, code: null });
    expect(await database.query('SELECT 1 FROM ext_storage_records')).toEqual([]);
  });

  test('a bulk write is done as a whole or not at all', async () => {
    await put('b');
    const items = [
      { key: 'a', value: 1 },
      { key: 'b', value: 2, ifRevision: 7 },
    ];
    const failed = storage.bulkPut(installId, { namespace, items });
    expect(await refused(failed)).toEqual({ status: 409, code: 'REVISION_MISMATCH' });
    expect(await refused(get('a'))).toMatchObject({ status: 404 });
    expect(await storage.bulkPut(installId, { namespace, items: [{ key: 'a', value: 1 }] })).toEqual({
      namespace,
      items: [{ key: 'a', revision: 1, ttlExpiresAt: null }],
    });
  });
});

describe('quotas', () => {
  async function fill(count: string, column: string): Promise<void> {
    await database.query(
      `INSERT INTO ext_storage_records (tenant, extension_install_id, namespace, key, value, value_size_bytes)
       SELECT $1, $2, ${column}, 'k' || n, '1', 1 FROM generate_series(1, ${count}) n`,
      [database.tenantId, installId],
    );
  }

  test('keys of a namespace', async () => {
    await fill('5119', `'notes'`);
    await put('last');
    expect(await refused(put('one more'))).toEqual({ status: 429, code: 'QUOTA_EXCEEDED' });
    await put('last', { value: 'an overwrite needs no room' });
    await put('elsewhere', { namespace: 'other' });
    expect(await database.query('SELECT count(*) FROM ext_storage_records')).toEqual([{ count: '5121' }]);
  });

  test('namespaces of an install', async () => {
    await fill('32', `'n' || n`);
    await expect(put('k')).rejects.toMatchObject({
      status: 429,
      body: { code: 'QUOTA_EXCEEDED', details: { limit: 32, attempted: 33 } },
    });
    await put('k', { namespace: 'n7' });
  });

  test('bytes of an install', async () => {
    await fill('1', `'big'`);
    await database.query('UPDATE ext_storage_records SET value_size_bytes = 268435456 - 10');
    expect(await refused(put('k', { value: 'too much' }))).toEqual({ status: 429, code: 'QUOTA_EXCEEDED' });
    await put('k', { value: 1 });
  });

  test('are not passed by writers at once', async () => {
    await fill('5117', `'notes'`);
    await Promise.allSettled(Array.from({ length: 12 }, (_, n) => put(`new ${n}`)));
    expect(await database.query('SELECT count(*) FROM ext_storage_records')).toEqual([{ count: '5120' }]);
  });
});

describe('list', () => {
  const list = (more = {}): ReturnType<StorageService['list']> =>
    storage.list(installId, { namespace, ...more });

  test('pages hold every key once, in order', async () => {
    for (let n = 0; n < 7; n += 1) await put(`k${n}`);
    const keys: string[] = [];
    let cursor: string | null | undefined;
    let pages = 0;
    do {
      const page = await list({ limit: 3, ...(cursor ? { cursor } : {}) });
      keys.push(...page.items.map((item) => item.key));
      cursor = page.nextCursor;
      pages += 1;
    } while (cursor !== null && pages < 9);
    expect(keys).toEqual(['k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6']);
    expect(pages).toBe(3);
  });

  test("with the product's defects shown, the first key of the next page is lost", async () => {
    for (let n = 0; n < 7; n += 1) await put(`k${n}`);
    const odd = createRegistry({ ...database, quirks: true });
    const first = await odd.services.storage.list(installId, { namespace, limit: 3 });
    const second = await odd.services.storage.list(installId, {
      namespace,
      limit: 3,
      cursor: first.nextCursor,
    });
    expect(second.items.map((item) => item.key)).toEqual(['k4', 'k5', 'k6']);
    await odd.close();
  });

  test('a page holds 25 items unless asked, values and metadata only when asked', async () => {
    for (let n = 0; n < 26; n += 1) await put(`k${String(n).padStart(2, '0')}`, { metadata: { n } });
    const page = await list();
    expect(page.items).toHaveLength(25);
    expect(page.items[0]).toEqual({
      tenantId: database.tenantId,
      extensionInstallId: installId,
      namespace,
      key: 'k00',
      revision: 1,
      ttlExpiresAt: null,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    const full = await list({ limit: 1, includeValues: true, includeMetadata: true });
    expect(full.items[0]).toMatchObject({ value: 'k00', metadata: { n: 0 } });
  });

  test('the prefix is literal', async () => {
    for (const key of ['50%', '50x', 'a_b', 'axb', 'c\\d', 'cxd']) await put(key);
    const keys = async (keyPrefix: string): Promise<string[]> =>
      (await list({ keyPrefix })).items.map((item) => item.key);
    expect(await keys('50%')).toEqual(['50%']);
    expect(await keys('a_')).toEqual(['a_b']);
    expect(await keys('c\\')).toEqual(['c\\d']);
    expect(await keys('')).toHaveLength(6);
  });

  test('a cursor a guest builds from the last key works, one that is no cursor is refused', async () => {
    for (const key of ['a', 'b', 'c']) await put(key);
    const cursor = Buffer.from('{"key":"a"}').toString('base64url');
    expect((await list({ cursor })).items.map((item) => item.key)).toEqual(['b', 'c']);
    for (const bad of ['', '%%%', 'bm90IGpzb24', Buffer.from('{"k":1}').toString('base64url')]) {
      expect(await refused(list({ cursor: bad }))).toEqual({ status: 400, code: 'VALIDATION_FAILED' });
    }
    expect(await refused(list({ limit: 101 }))).toEqual({ status: 400, code: null });
  });
});

describe('expiry and usage', () => {
  test('an expired record is gone at the next operation, for good', async () => {
    await put('short', { ttlSeconds: 60 });
    await put('long');
    await database.query(
      `UPDATE ext_storage_records SET ttl_expires_at = now() - interval '1 second' WHERE key = 'short'`,
    );
    expect(await refused(get('short'))).toEqual({ status: 404, code: 'NOT_FOUND' });
    expect(await database.query('SELECT key FROM ext_storage_records')).toEqual([{ key: 'long' }]);
    expect(await usage()).toMatchObject([{ keys_count: 1 }]);
    expect((await put('short')).revision).toBe(1);
  });

  test('the usage row follows every write', async () => {
    await put('k', { value: 'abc', metadata: { a: 1 } });
    expect(await usage()).toEqual([{ bytes_used: '12', keys_count: 1, namespaces_count: 1 }]);
    await storage.delete(installId, { namespace, key: 'k' });
    expect(await usage()).toEqual([{ bytes_used: '0', keys_count: 0, namespaces_count: 0 }]);
  });
});

describe('the install', () => {
  test('an unknown one is not found, one that is no UUID fails, a disabled one is unauthorized', async () => {
    const input = { namespace, key: 'k', value: 1 };
    const unknown = storage.put('11111111-1111-4111-8111-111111111111', input);
    expect(await refused(unknown)).toEqual({ status: 404, code: 'NOT_FOUND' });
    expect(await refused(storage.put('tenant-dev', input))).toEqual({ status: 500, code: 'INTERNAL_ERROR' });
    await registry.setEnabled(installId, false);
    expect(await refused(storage.put(installId, input))).toEqual({ status: 401, code: 'UNAUTHORIZED' });
    await registry.setEnabled(installId, true);
    await expect(storage.put(installId, input)).resolves.toBeDefined();
  });

  test('records outlive an uninstall and come back with the same install id', async () => {
    await put('k');
    const { registryId } = await registry.publish(publication(database.tenantId, 'a'));
    await registry.uninstall({ tenantId: database.tenantId, registryId });
    expect(await refused(get('k'))).toEqual({ status: 404, code: 'NOT_FOUND' });
    expect((await registry.publish(publication(database.tenantId, 'a'))).installId).toBe(installId);
    expect((await get('k')).value).toBe('k');
  });
});
