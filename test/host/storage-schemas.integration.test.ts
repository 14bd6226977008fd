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

describe('an active schema of the namespace (ext_storage_schemas)', () => {
  const SCHEMA = {
    type: 'object',
    properties: { name: { type: 'string' }, size: { type: 'integer', minimum: 1 } },
    required: ['name'],
    additionalProperties: false,
  };
  const inNamespace = (namespace: string) => (operation: string, body: Record<string, unknown>) =>
    askService(it, 'ext-storage', { operation, namespace, ...body });
  const addSchema = (namespace: string, version: number, status: string, document: unknown = SCHEMA) =>
    it.database.query(
      `INSERT INTO ext_storage_schemas (tenant, extension_install_id, namespace, schema_version, schema_document, status)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [it.database.tenantId, it.rows.installId, namespace, version, JSON.stringify(document), status],
    );
  const checked = inNamespace('checked');

  beforeAll(async () => {
    await addSchema('checked', 2, 'active');
    await addSchema('checked', 1, 'deprecated', { type: 'string' });
    await addSchema('drafted', 1, 'draft');
    await addSchema('unreadable', 1, 'active', { type: 'nonsense' });
  });

  test('a value that fits is stored, with and without the version', async () => {
    expect((await checked('put', { key: 'a', value: { name: 'x', size: 1 } }))[0]).toBe(200);
    expect((await checked('put', { key: 'a', value: { name: 'x' }, schemaVersion: 2 }))[0]).toBe(200);
  });

  test('a value that does not fit is refused with everything that is wrong, and nothing is stored', async () => {
    const [status, body] = await checked('put', { key: 'bad', value: { size: 0, more: true } });
    expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED']);
    const details = JSON.stringify(body.details);
    for (const wrong of ['name', 'size', 'more']) expect(details).toContain(wrong);
    expect((await checked('get', { key: 'bad' }))[0]).toBe(404);
  });

  test('a missing value is checked as null', async () => {
    expect((await checked('put', { key: 'none' }))[0]).toBe(400);
  });

  test('an array is checked element by element, not as a whole', async () => {
    expect((await checked('put', { key: 'list', value: [{ name: 'x' }, { name: 'y' }] }))[0]).toBe(200);
    expect((await checked('put', { key: 'list', value: [{ name: 'x' }, { name: 1 }] }))[0]).toBe(400);
    expect((await checked('put', { key: 'list', value: [] }))[0]).toBe(200);
  });

  test('an unknown schema version means no check', async () => {
    expect((await checked('put', { key: 'other', value: 5, schemaVersion: 7 }))[0]).toBe(200);
  });

  test('one value of a bulk that does not fit undoes the whole bulk', async () => {
    const items = [
      { key: 'b1', value: { name: 'x' } },
      { key: 'b2', value: {} },
    ];
    expect((await checked('bulkPut', { items }))[0]).toBe(400);
    expect((await checked('get', { key: 'b1' }))[0]).toBe(404);
  });

  test('a draft, and the schema of another namespace, check nothing', async () => {
    expect((await inNamespace('drafted')('put', { key: 'k', value: 5 }))[0]).toBe(200);
    expect((await inNamespace('elsewhere')('put', { key: 'k', value: 5 }))[0]).toBe(200);
  });

  test('a document that is no JSON Schema is a failure of the host', async () => {
    expect(await inNamespace('unreadable')('put', { key: 'k', value: 5 })).toEqual([
      500,
      { error: 'Internal error', code: 'INTERNAL_ERROR' },
    ]);
  });
});
