import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../registry/support/database.js';
import { askService } from './support/guest-services.js';
import { startTestHost, type TestHost } from './support/test-host.js';

let server: TestServer;
let it: TestHost;

beforeAll(async () => {
  server = await startTestServer();
  it = await startTestHost(server);
});
afterAll(async () => {
  await it?.stop();
  await server?.stop();
});

const storage = (operation: string, body: Record<string, unknown> = {}) =>
  askService(it, 'ext-storage', { operation, namespace: 'n', ...body });
const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const fault = (code: string, details: unknown = expect.anything()) => ({
  error: expect.any(String),
  code,
  details,
});
const fieldFault = (field: string) => ({
  error: 'Validation error',
  details: { formErrors: [], fieldErrors: { [field]: [expect.any(String)] } },
});

describe('what each operation answers, field by field', () => {
  const times = { createdAt: ISO, updatedAt: ISO };

  test('put', async () => {
    expect(await storage('put', { key: 'shape', value: [1], metadata: { m: 1 }, ttlSeconds: 60 })).toEqual([
      200,
      { namespace: 'n', key: 'shape', revision: 1, ttlExpiresAt: ISO, ...times },
    ]);
  });

  test('get', async () => {
    expect(await storage('get', { key: 'shape', ifRevision: 1 })).toEqual([
      200,
      {
        namespace: 'n',
        key: 'shape',
        revision: 1,
        ttlExpiresAt: ISO,
        ...times,
        value: [1],
        metadata: { m: 1 },
      },
    ]);
  });

  test('list, with and without values and metadata', async () => {
    const item = {
      tenantId: it.database.tenantId,
      extensionInstallId: it.rows.installId,
      namespace: 'n',
      key: 'shape',
      revision: 1,
      ttlExpiresAt: ISO,
      ...times,
    };
    expect(await storage('list')).toEqual([200, { items: [item], nextCursor: null }]);
    expect(await storage('list', { includeValues: true, includeMetadata: true })).toEqual([
      200,
      { items: [{ ...item, value: [1], metadata: { m: 1 } }], nextCursor: null },
    ]);
  });

  test('bulkPut', async () => {
    const items = [{ key: 'b1', value: 1, ttlSeconds: 90 }, { key: 'b2' }];
    expect(await storage('bulkPut', { items })).toEqual([
      200,
      {
        namespace: 'n',
        items: [
          { key: 'b1', revision: 1, ttlExpiresAt: ISO },
          { key: 'b2', revision: 1, ttlExpiresAt: null },
        ],
      },
    ]);
    expect((await storage('get', { key: 'b2' }))[1]).toMatchObject({ value: null, metadata: {} });
  });

  test('delete, of what is there and of what is not', async () => {
    expect(await storage('delete', { key: 'b1' })).toEqual([200, { success: true }]);
    expect(await storage('delete', { key: 'b1', ifRevision: 3 })).toEqual([200, { success: false }]);
  });
});

describe('limits', () => {
  const long = (count: number) => 'x'.repeat(count);
  test.each<[string, string, Record<string, unknown>, number, unknown]>([
    [
      'a namespace of 129 characters',
      'get',
      { namespace: long(129), key: 'k' },
      400,
      fieldFault('namespace'),
    ],
    ['an empty namespace', 'list', { namespace: '' }, 400, fieldFault('namespace')],
    ['a key of 257 characters', 'put', { key: long(257) }, 400, fieldFault('key')],
    ['an empty key', 'get', { key: '' }, 400, fieldFault('key')],
    ['a key with a slash', 'put', { key: 'a/b' }, 400, fault('VALIDATION_FAILED', null)],
    ['a value of 65 537 bytes', 'put', { key: 'k', value: long(65_535) }, 400, fault('LIMIT_EXCEEDED')],
    [
      'metadata of more than 4 096 bytes',
      'put',
      { key: 'k', metadata: { m: long(4_090) } },
      400,
      fault('LIMIT_EXCEEDED'),
    ],
    ['metadata that is no object', 'put', { key: 'k', metadata: 'm' }, 400, fieldFault('metadata')],
    ['a TTL of 59 seconds', 'put', { key: 'k', ttlSeconds: 59 }, 400, fault('LIMIT_EXCEEDED')],
    ['a TTL of more than 30 days', 'put', { key: 'k', ttlSeconds: 2_592_001 }, 400, fault('LIMIT_EXCEEDED')],
    ['a TTL of 0', 'put', { key: 'k', ttlSeconds: 0 }, 400, fieldFault('ttlSeconds')],
    ['a negative revision', 'put', { key: 'k', ifRevision: -1 }, 400, fieldFault('ifRevision')],
    ['a schema version of 0', 'put', { key: 'k', schemaVersion: 0 }, 400, fieldFault('schemaVersion')],
    ['a limit of 101', 'list', { limit: 101 }, 400, fieldFault('limit')],
    ['a limit of 0', 'list', { limit: 0 }, 400, fieldFault('limit')],
    ['a prefix of 257 characters', 'list', { keyPrefix: long(257) }, 400, fieldFault('keyPrefix')],
    ['a cursor that is none', 'list', { cursor: 'nope' }, 400, fault('VALIDATION_FAILED', null)],
    ['no items', 'bulkPut', { items: [] }, 400, fieldFault('items')],
    [
      '21 items',
      'bulkPut',
      { items: Array.from({ length: 21 }, (_, index) => ({ key: `k${index}` })) },
      400,
      fault('LIMIT_EXCEEDED'),
    ],
    [
      'items of more than 524 288 bytes together',
      'bulkPut',
      { items: Array.from({ length: 9 }, (_, index) => ({ key: `k${index}`, value: long(60_000) })) },
      400,
      fault('LIMIT_EXCEEDED'),
    ],
    [
      'a key twice',
      'bulkPut',
      { items: [{ key: 'k' }, { key: 'k' }] },
      400,
      fault('VALIDATION_FAILED', null),
    ],
    [
      'two schema versions',
      'bulkPut',
      {
        items: [
          { key: 'k', schemaVersion: 1 },
          { key: 'l', schemaVersion: 2 },
        ],
      },
      400,
      fault('VALIDATION_FAILED', null),
    ],
  ])('%s: %s is refused', async (_name, operation, body, status, expected) => {
    const [got, answer] = await storage(operation, body);
    expect([got, answer]).toEqual([status, expect.objectContaining(expected as object)]);
    expect('code' in answer).toBe('code' in (expected as object));
  });

  test.each<[string, Record<string, unknown>]>([
    ['a namespace of 128 characters of any kind', { namespace: `/ü${long(126)}`, key: 'k' }],
    ['a key of 256 characters', { key: long(256) }],
    ['a value of 65 536 bytes', { key: 'k', value: long(65_534) }],
    ['a TTL of 60 seconds', { key: 'k', ttlSeconds: 60 }],
    ['a TTL of 30 days', { key: 'k', ttlSeconds: 2_592_000 }],
    ['an unknown schema version', { key: 'k', schemaVersion: 7 }],
  ])('%s passes', async (_name, body) => {
    expect((await storage('put', body))[0]).toBe(200);
  });
});

describe('quotas', () => {
  test('429 when the keys of a namespace, the namespaces or the bytes are used up', async () => {
    const fill = (namespace: string, count: number, bytes: number) =>
      it.database.query(
        `INSERT INTO ext_storage_records
           (tenant, extension_install_id, namespace, key, value, metadata, value_size_bytes, metadata_size_bytes)
         SELECT $1, $2, $3, 'filled' || i, '1', '{}', $5, 0 FROM generate_series(1, $4::int) i`,
        [it.database.tenantId, it.rows.installId, namespace, count, bytes],
      );
    await fill('full', 5_120, 1);
    expect(await storage('put', { namespace: 'full', key: 'more' })).toEqual([429, fault('QUOTA_EXCEEDED')]);
    for (let space = 0; space < 32; space++) await fill(`space ${space}`, 1, 1);
    expect(await storage('put', { namespace: 'one more', key: 'k' })).toEqual([429, fault('QUOTA_EXCEEDED')]);
    await it.database.query('DELETE FROM ext_storage_records');
    await fill('n', 1, 268_435_456);
    const [status, body] = await storage('put', { key: 'k', value: 1 });
    expect([status, body]).toEqual([
      429,
      fault('QUOTA_EXCEEDED', { limit: 268_435_456, attempted: expect.any(Number) }),
    ]);
    await it.database.query('DELETE FROM ext_storage_records');
  });
});

describe('semantics', () => {
  const put = (key: string, more: Record<string, unknown> = {}) =>
    storage('put', { key, value: key, ...more });

  test.each([0, 1])('ifRevision %i on a missing key is 409', async (ifRevision) => {
    expect(await put('missing', { ifRevision })).toEqual([409, fault('REVISION_MISMATCH')]);
  });

  test('an old revision is 409 on put, get and delete', async () => {
    await put('r');
    await put('r', { ifRevision: 1 });
    for (const operation of ['put', 'get', 'delete']) {
      expect(await storage(operation, { key: 'r', ifRevision: 1 })).toEqual([
        409,
        fault('REVISION_MISMATCH'),
      ]);
    }
  });

  test('an overwrite takes TTL and metadata away and keeps the creation; a new key begins at 1 again', async () => {
    const [, first] = await put('o', { metadata: { a: 1 }, ttlSeconds: 60 });
    const [, second] = await put('o');
    expect(second).toMatchObject({ revision: 2, ttlExpiresAt: null, createdAt: first.createdAt });
    expect((await storage('get', { key: 'o' }))[1]).toMatchObject({ metadata: {} });
    await storage('delete', { key: 'o' });
    expect((await put('o'))[1]).toMatchObject({ revision: 1 });
  });

  test('what has expired is gone at the next operation', async () => {
    await put('e', { ttlSeconds: 60 });
    await it.database.query(
      `UPDATE ext_storage_records SET ttl_expires_at = now() - interval '1 s' WHERE key = 'e'`,
    );
    expect(await storage('get', { key: 'e' })).toEqual([404, fault('NOT_FOUND', null)]);
    expect(await it.database.query(`SELECT 1 FROM ext_storage_records WHERE key = 'e'`)).toEqual([]);
  });

  test('a bulk write is done whole or not at all', async () => {
    const items = [{ key: 'whole' }, { key: 'r', ifRevision: 99 }];
    expect((await storage('bulkPut', { items }))[0]).toBe(409);
    expect((await storage('get', { key: 'whole' }))[0]).toBe(404);
  });

  test('pages are in key order, 25 long by default, and lose no key; the prefix is literal', async () => {
    const items = Array.from({ length: 14 }, (_, index) => ({ key: `p%${String(index).padStart(2, '0')}` }));
    await storage('bulkPut', { namespace: 'pages', items });
    await storage('bulkPut', { namespace: 'pages', items: items.map(({ key }) => ({ key: `q${key}` })) });
    const keys = async (body: Record<string, unknown>) => {
      const [, answer] = await storage('list', { namespace: 'pages', ...body });
      return { ...answer, keys: (answer.items as { key: string }[]).map(({ key }) => key) };
    };
    expect((await keys({})).keys).toHaveLength(25);
    const first = await keys({ keyPrefix: 'p%', limit: 10 });
    const second = await keys({
      keyPrefix: 'p%',
      limit: 10,
      cursor: (first as { nextCursor?: string }).nextCursor,
    });
    expect([...first.keys, ...second.keys]).toEqual(items.map(({ key }) => key));
    expect(second).toMatchObject({ nextCursor: null });
    expect((await keys({ keyPrefix: '_' })).keys).toEqual([]);
    const own = Buffer.from(JSON.stringify({ key: 'p%12' })).toString('base64url');
    expect((await keys({ keyPrefix: 'p%', cursor: own })).keys).toEqual(['p%13']);
  });
});
