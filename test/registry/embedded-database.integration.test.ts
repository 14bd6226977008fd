import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addEmbeddedTenant, createRegistry, prepareEmbeddedDatabase } from '../../src/registry/index.js';
import { faultyWay } from '../store/support/faulty-way.js';
import { startTestServer, type TestServer } from './support/database.js';
import { publication } from './support/publication.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

async function query(connectionString: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

/** Everything a dump would show: rows of all tables, and the tables themselves. */
async function contents(connectionString: string): Promise<unknown> {
  const tables = await query(
    connectionString,
    `SELECT schemaname || '.' || tablename AS name FROM pg_tables
      WHERE schemaname IN ('public', 'alga') ORDER BY 1`,
  );
  return Promise.all(
    tables.map(async ({ name }) => [
      name,
      await query(connectionString, `SELECT xmin::text, * FROM ${String(name)}`),
    ]),
  );
}

describe('preparing the embedded database', () => {
  test('makes tables and a tenant once; again it changes nothing', async () => {
    const connectionString = await server.emptyDatabase();
    const { tenantId } = await prepareEmbeddedDatabase({ connectionString });
    const before = await contents(connectionString);
    const started = performance.now();
    expect(await prepareEmbeddedDatabase({ connectionString })).toEqual({ tenantId });
    expect(performance.now() - started).toBeLessThan(1000);
    expect(await contents(connectionString)).toEqual(before);
    expect(await query(connectionString, 'SELECT client_name, product_code FROM tenants')).toEqual([
      { client_name: 'Local Development', product_code: 'psa' },
    ]);
  });

  test('by several processes at once is done once', async () => {
    const connectionString = await server.emptyDatabase();
    const prepared = await Promise.all(
      Array.from({ length: 4 }, () => prepareEmbeddedDatabase({ connectionString })),
    );
    expect(new Set(prepared.map((one) => one.tenantId)).size).toBe(1);
    expect(await query(connectionString, 'SELECT 1 FROM tenants')).toHaveLength(1);
  });

  test('keeps what the author edited', async () => {
    const connectionString = await server.emptyDatabase();
    await prepareEmbeddedDatabase({ connectionString });
    await query(connectionString, `DELETE FROM clients WHERE client_name = 'Ruth Okafor'`);
    await query(connectionString, `UPDATE tenants SET client_name = 'Mine'`);
    await query(connectionString, 'DELETE FROM alga.schema_migration WHERE version = 5');
    await query(connectionString, 'DROP TABLE ext_storage_records, ext_storage_schemas, ext_storage_usage');
    await query(
      connectionString,
      'DROP TABLE extension_execution_log, extension_quota_usage, extension_audit_logs',
    );
    await prepareEmbeddedDatabase({ connectionString });
    expect(await query(connectionString, 'SELECT client_name FROM tenants')).toEqual([
      { client_name: 'Mine' },
    ]);
    expect(await query(connectionString, 'SELECT 1 FROM clients')).toHaveLength(3);
    expect(await query(connectionString, 'SELECT 1 FROM ext_storage_usage')).toEqual([]);
  });

  test('refuses a database that it did not make, and changes nothing in it', async () => {
    const connectionString = await server.emptyDatabase();
    await query(connectionString, 'CREATE TABLE tenants (tenant uuid)');
    await expect(prepareEmbeddedDatabase({ connectionString })).rejects.toMatchObject({
      code: 'REGISTRY_NOT_EMBEDDED',
    });
    expect(
      await query(connectionString, `SELECT tablename FROM pg_tables WHERE schemaname = 'public'`),
    ).toEqual([{ tablename: 'tenants' }]);
    const empty = await server.emptyDatabase();
    await expect(addEmbeddedTenant({ connectionString: empty, name: 'x' })).rejects.toMatchObject({
      code: 'REGISTRY_NOT_EMBEDDED',
    });
  });

  test('refuses a database of a newer alga', async () => {
    const connectionString = await server.emptyDatabase();
    await prepareEmbeddedDatabase({ connectionString });
    await query(connectionString, `INSERT INTO alga.schema_migration VALUES (99, 'later')`);
    await expect(prepareEmbeddedDatabase({ connectionString })).rejects.toMatchObject({
      code: 'REGISTRY_SCHEMA_NEWER',
    });
  });

  test('another tenant has the same people and data, under other ids', async () => {
    const connectionString = await server.emptyDatabase();
    const { tenantId } = await prepareEmbeddedDatabase({ connectionString });
    const { tenantId: other } = await addEmbeddedTenant({ connectionString, name: 'Second' });
    expect(await addEmbeddedTenant({ connectionString, name: 'Second' })).toEqual({ tenantId: other });
    const registry = createRegistry({ connectionString });
    const [mine, theirs] = [await registry.users(tenantId), await registry.users(other)];
    expect(theirs.map((user) => user.email)).toEqual(mine.map((user) => user.email));
    expect(theirs.some((user) => mine.some((one) => one.userId === user.userId))).toBe(false);
    expect((await registry.tenants()).map((tenant) => tenant.name)).toEqual(['Local Development', 'Second']);
    await registry.close();
  });
});

describe('the tables are the ones of the product', () => {
  test('columns, types, defaults', async () => {
    const connectionString = await server.emptyDatabase();
    await prepareEmbeddedDatabase({ connectionString });
    const rows = await query(
      connectionString,
      `SELECT table_name AS t, column_name AS c,
              CASE data_type WHEN 'character varying' THEN 'vc(' || character_maximum_length || ')'
                             WHEN 'timestamp with time zone' THEN 'tstz' ELSE data_type END
                || CASE is_nullable WHEN 'NO' THEN ' NN' ELSE '' END AS type
         FROM information_schema.columns
        WHERE table_schema = 'public' AND (table_name LIKE 'extension\\_%' OR table_name LIKE 'ext\\_storage%'
              OR table_name LIKE 'tenant\\_extension%')
        ORDER BY table_name, ordinal_position`,
    );
    const described = new Map<string, string>();
    for (const { t, c, type } of rows) {
      described.set(String(t), `${described.get(String(t)) ?? ''}${String(c)} ${String(type)}, `);
    }
    expect(Object.fromEntries(described)).toMatchSnapshot();
  });

  test('constraints and indexes', async () => {
    const connectionString = await server.emptyDatabase();
    await prepareEmbeddedDatabase({ connectionString });
    const names = await query(
      connectionString,
      `SELECT conname AS name FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
        WHERE n.nspname = 'public' AND contype <> 'n' AND conname LIKE '%extension%'
       UNION SELECT indexname FROM pg_indexes
        WHERE schemaname = 'public' AND (tablename LIKE '%extension%' OR tablename LIKE 'ext_%') ORDER BY 1`,
    );
    expect(names.map(({ name }) => name)).toMatchSnapshot();
  });

  test('no table has row-level security or a default id where the product has none', async () => {
    const connectionString = await server.emptyDatabase();
    await prepareEmbeddedDatabase({ connectionString });
    expect(await query(connectionString, 'SELECT relname FROM pg_class WHERE relrowsecurity')).toEqual([]);
    const withDefault = await query(
      connectionString,
      `SELECT table_name FROM information_schema.columns
        WHERE table_schema = 'public' AND column_name = 'id' AND column_default IS NOT NULL
          AND table_name IN ('extension_registry', 'extension_version', 'extension_bundle',
                             'tenant_extension_install', 'extension_event_subscription', 'extension_execution_log')`,
    );
    expect(withDefault).toEqual([]);
  });
});

describe('reaching a database', () => {
  test.each([
    ['postgresql://u:p@db.example.com:5432/server', 'REGISTRY_NOT_DEVELOPMENT'],
    ['postgresql://u:p@10.0.0.7/server', 'REGISTRY_NOT_DEVELOPMENT'],
    ['postgresql://u:p@localhost.example.com/server', 'REGISTRY_NOT_DEVELOPMENT'],
    ['postgresql://u:p@127.0.0.1.nip.io/server', 'REGISTRY_NOT_DEVELOPMENT'],
    ['postgresql://u:p@[::1', 'REGISTRY_ADDRESS_INVALID'],
  ])('%s is refused before anything is sent', (connectionString, code) => {
    expect(() => createRegistry({ connectionString })).toThrow(expect.objectContaining({ code }));
  });

  test('failures have codes and never show the password', async () => {
    const url = new URL(await server.emptyDatabase());
    const failure = async (change: (url: URL) => void): Promise<{ code: string; message: string }> => {
      const changed = new URL(url);
      change(changed);
      const registry = createRegistry({ connectionString: changed.href });
      const error = await registry.ping().then(
        () => undefined,
        (thrown: { code: string; message: string }) => thrown,
      );
      await registry.close();
      if (error === undefined) throw new Error('it answered');
      return error;
    };
    expect(await failure(() => undefined)).toMatchObject({ code: 'REGISTRY_SCHEMA_MISSING' });
    expect(await failure((to) => Object.assign(to, { pathname: '/nowhere' }))).toMatchObject({
      code: 'REGISTRY_DATABASE_MISSING',
    });
    expect(await failure((to) => Object.assign(to, { port: '1' }))).toMatchObject({
      code: 'REGISTRY_UNREACHABLE',
    });
    const denied = await failure((to) => Object.assign(to, { password: 'canary-secret' }));
    expect(denied.code).toBe('REGISTRY_ACCESS_DENIED');
    expect(denied.message).not.toContain('canary');
  });

  test('closing does not wait for a server that says nothing any more', async () => {
    const url = new URL(await server.emptyDatabase());
    const way = await faultyWay(`http://${url.host}`);
    url.port = new URL(way.endpoint).port;
    const registry = createRegistry({ connectionString: url.href });
    await registry.ping().catch(() => undefined);
    way.freeze();
    const asked = registry.ping().catch((error: unknown) => error);
    const started = performance.now();
    await registry.close();
    expect(performance.now() - started).toBeLessThan(1500);
    expect(await asked).toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
    await way.close();
  });

  test('connections that the server ended are opened again', async () => {
    const connectionString = await server.emptyDatabase();
    const { tenantId } = await prepareEmbeddedDatabase({ connectionString });
    const registry = createRegistry({ connectionString });
    await registry.publish(publication(tenantId, 'a'));
    await query(
      connectionString,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'alga'`,
    );
    await registry.publish(publication(tenantId, 'b'));
    expect(await registry.tenants()).toHaveLength(1);
    await registry.close();
    await registry.close();
  });
});
