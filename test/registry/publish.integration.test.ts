import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { tenantIdSchema } from '../../src/core/ids.js';
import {
  addEmbeddedTenant,
  createRegistry,
  type PublishInput,
  type Registry,
} from '../../src/registry/index.js';
import { startTestServer, type TestDatabase, type TestServer } from './support/database.js';
import { hashOf, MANIFEST, publication } from './support/publication.js';

let server: TestServer;
let database: TestDatabase;
let registry: Registry;

beforeAll(async () => {
  server = await startTestServer();
  database = await server.database();
});
afterAll(() => server.stop());
beforeEach(async () => {
  await database.clear();
  registry = createRegistry(database);
});
afterEach(() => registry.close());

const input = (content: string, changes = {}): PublishInput =>
  publication(database.tenantId, content, changes);

/** The hash that the readers serve for the published version. */
async function served(): Promise<string | undefined> {
  const install = await registry.findInstall('example.com.example.demo', database.tenantId);
  return install?.contentHash ?? undefined;
}

/** Row versions of everything a publish may write: equal when nothing at all was written. */
async function fingerprint(): Promise<unknown[]> {
  const tables = [
    'extension_registry',
    'extension_version',
    'extension_bundle',
    'extension_api_endpoint',
    'tenant_extension_install',
    'tenant_extension_install_config',
  ];
  return Promise.all(tables.map((table) => database.query(`SELECT xmin::text, * FROM ${table} ORDER BY id`)));
}

describe('the rows of a publish', () => {
  test('are the ones the product would write', async () => {
    const rows = await registry.publish(input('a'));
    expect(rows).toMatchObject({
      changed: true,
      version: '1.0.0',
      registryId: input('a').identity.registryId,
    });
    const [entry] = await database.query('SELECT * FROM extension_registry');
    expect(entry).toMatchObject({
      id: rows.registryId,
      publisher: 'Example',
      name: 'com.example.demo',
      display_name: 'Demo',
      description: 'A demo',
    });
    const [version] = await database.query('SELECT * FROM extension_version');
    expect(version).toMatchObject({
      id: rows.versionId,
      registry_id: rows.registryId,
      version: '1.0.0',
      runtime: 'wasm-js@1',
      main_entry: 'ui/index.html',
      api: MANIFEST.api,
      ui: MANIFEST.ui,
      capabilities: ['cap:storage.kv', 'cap:scheduler.manage'],
      api_endpoints: MANIFEST.api?.endpoints,
    });
    const [bundle] = await database.query('SELECT * FROM extension_bundle');
    expect(bundle).toMatchObject({
      id: rows.bundleId,
      version_id: rows.versionId,
      content_hash: hashOf('a'),
      size_bytes: '1001',
      storage_url: 'http://127.0.0.1:4569/extensions/a',
      signature: null,
    });
    const [install] = await database.query('SELECT * FROM tenant_extension_install');
    expect(install).toMatchObject({
      id: rows.installId,
      tenant_id: database.tenantId,
      registry_id: rows.registryId,
      version_id: rows.versionId,
      is_enabled: true,
      status: 'enabled',
      runner_status: { state: 'ready' },
      runner_domain: null,
      granted_caps: ['cap:storage.kv', 'cap:scheduler.manage'],
      config: {},
    });
    expect(
      await database.query('SELECT version_id, method, path, handler FROM extension_api_endpoint'),
    ).toEqual(
      expect.arrayContaining([
        { version_id: rows.versionId, method: 'GET', path: '/hello', handler: 'dist/main' },
        { version_id: rows.versionId, method: 'POST', path: '/items/:id', handler: 'dist/main' },
      ]),
    );
    const [config] = await database.query('SELECT * FROM tenant_extension_install_config');
    expect(config).toMatchObject({ install_id: rows.installId, tenant_id: database.tenantId, config: {} });
  });

  test('are not touched when all of them are right', async () => {
    const first = await registry.publish(input('a'));
    const before = await fingerprint();
    expect(await registry.publish(input('a'))).toEqual({ ...first, changed: false });
    expect(await fingerprint()).toEqual(before);
  });

  test('follow the manifest: endpoints come and go, labels change', async () => {
    await registry.publish(input('a'));
    const endpoints = [{ method: 'get', path: 'other', handler: 'dist/main' }];
    const ui = {
      type: 'iframe' as const,
      entry: 'ui/index.html',
      hooks: { appMenu: { label: ' Renamed ' } },
    };
    await registry.publish(input('a', { api: { endpoints }, ui }));
    expect(await database.query('SELECT method, path FROM extension_api_endpoint')).toEqual([
      { method: 'GET', path: '/other' },
    ]);
    expect(await registry.menuItems(database.tenantId, 'app')).toMatchObject([{ label: 'Renamed' }]);
  });

  test('an endpoint a schedule points at stays when it leaves the manifest', async () => {
    const rows = await registry.publish(input('a'));
    const [endpoint] = await database.query(`SELECT id FROM extension_api_endpoint WHERE method = 'GET'`);
    await database.query(
      'INSERT INTO tenant_extension_schedule (install_id, tenant_id, endpoint_id, cron) VALUES ($1, $2, $3, $4)',
      [rows.installId, database.tenantId, endpoint?.id, '0 * * * *'],
    );
    await registry.publish(input('b', { api: { endpoints: [] } }));
    expect(await database.query('SELECT id FROM extension_api_endpoint')).toEqual([endpoint]);
    expect((await registry.publish(input('b', { api: { endpoints: [] } }))).changed).toBe(false);
  });

  test('schedules follow the install to the same endpoint of a new version', async () => {
    const rows = await registry.publish(input('a'));
    const [endpoint] = await database.query(`SELECT id FROM extension_api_endpoint WHERE method = 'GET'`);
    await database.query(
      'INSERT INTO tenant_extension_schedule (install_id, tenant_id, endpoint_id, cron) VALUES ($1, $2, $3, $4)',
      [rows.installId, database.tenantId, endpoint?.id, '0 * * * *'],
    );
    const next = await registry.publish(input('b', { version: '1.1.0' }));
    const [pointed] = await database.query(
      `SELECT e.version_id, e.method, e.path FROM tenant_extension_schedule s
         JOIN extension_api_endpoint e ON e.id = s.endpoint_id`,
    );
    expect(pointed).toEqual({ version_id: next.versionId, method: 'GET', path: '/hello' });
    expect(next.installId).toBe(rows.installId);
  });

  test('keep grants and configuration of the install, and set configuration that is given', async () => {
    const rows = await registry.publish(input('a'));
    await registry.setGrantedCapabilities(rows.installId, ['cap:http.fetch']);
    await registry.writeConfig(rows.installId, { color: 'green' });
    await registry.publish(input('b'));
    let install = await registry.findInstallById(rows.installId);
    expect(install).toMatchObject({ grantedCapabilities: ['cap:http.fetch'], config: { color: 'green' } });
    await registry.publish({ ...input('b'), config: { color: 'red' } });
    install = await registry.findInstallById(rows.installId);
    expect(install?.config).toEqual({ color: 'red' });
    expect((await registry.publish({ ...input('b'), config: { color: 'red' } })).changed).toBe(false);
  });

  test('switch an install on again that was off', async () => {
    const rows = await registry.publish(input('a'));
    await registry.setEnabled(rows.installId, false);
    expect(await served()).toBeUndefined();
    expect((await registry.publish(input('a'))).changed).toBe(true);
    expect(await served()).toBe(hashOf('a'));
  });
});

describe('the active bundle', () => {
  test('is the one published last, also when an older content comes back', async () => {
    const contents = ['a', 'b', 'a', 'c', 'b', 'a'];
    for (const content of contents) {
      await registry.publish(input(content));
      expect(await served()).toBe(hashOf(content));
    }
    const history = await registry.bundleHistory((await registry.publish(input('a'))).versionId);
    expect(history.map((bundle) => bundle.contentHash)).toEqual([hashOf('a'), hashOf('b'), hashOf('c')]);
    const [ties] = await database.query(
      'SELECT count(*) - count(DISTINCT created_at) AS n FROM extension_bundle',
    );
    expect(ties?.n).toBe('0');
  });

  test.each([
    ['from the future', `now() + interval '3 days'`],
    ['without a time', 'NULL'],
    ['of the same time', `(SELECT max(created_at) FROM extension_bundle)`],
  ])('wins over a row %s', async (_, time) => {
    const { versionId } = await registry.publish(input('a'));
    await registry.publish(input('b'));
    await database.query(`UPDATE extension_bundle SET created_at = ${time} WHERE content_hash = $1`, [
      hashOf('a'),
    ]);
    expect((await registry.publish(input('b'))).changed).toBe(true);
    expect(await served()).toBe(hashOf('b'));
    expect((await registry.activeBundle(versionId))?.contentHash).toBe(hashOf('b'));
  });

  test('can be chosen among the ones the version has', async () => {
    const { versionId } = await registry.publish(input('a'));
    await registry.publish(input('b'));
    await registry.makeActive({ versionId, contentHash: hashOf('a') });
    expect(await served()).toBe(hashOf('a'));
    await expect(registry.makeActive({ versionId, contentHash: hashOf('never') })).rejects.toMatchObject({
      code: 'REGISTRY_BUNDLE_UNKNOWN',
    });
    expect(await served()).toBe(hashOf('a'));
  });

  test('and the newest others survive pruning, of every version', async () => {
    const { registryId } = await registry.publish(input('old', { version: '0.9.0' }));
    for (const content of ['a', 'b', 'c', 'd']) await registry.publish(input(content));
    const kept = await registry.pruneBundles({ registryId, newest: 2 });
    expect([...kept].sort()).toEqual([hashOf('old'), hashOf('c'), hashOf('d')].sort());
    expect(await served()).toBe(hashOf('d'));
    expect(await registry.validate(database.tenantId, registryId, hashOf('a'))).toBe(false);
  });
});

describe('versions', () => {
  test('a wildcard becomes the first free patch and stays there while developing', async () => {
    const wild = { version: '0.3.*' };
    expect((await registry.publish(input('a', wild))).version).toBe('0.3.0');
    expect((await registry.publish(input('b', wild))).version).toBe('0.3.0');
    expect(await database.query('SELECT version FROM extension_version')).toEqual([{ version: '0.3.0' }]);
  });

  test('a wildcard goes past what was really published, not past pre-releases or other lines', async () => {
    const { registryId } = await registry.publish(input('a', { version: '0.2.7' }));
    for (const version of ['0.3.9', '0.3.10', '0.3.12-beta.1', '0.30.40', '10.3.99']) {
      await database.query(
        `INSERT INTO extension_version (id, registry_id, version, runtime, main_entry)
         VALUES (gen_random_uuid(), $1, $2, 'wasm-js@1', 'main')`,
        [registryId, version],
      );
    }
    expect((await registry.publish(input('b', { version: '0.3.*' }))).version).toBe('0.3.11');
  });
});

describe('two tenants', () => {
  test('have installs of their own, and each sees its own only', async () => {
    const { tenantId: other } = await addEmbeddedTenant({ ...database, name: 'Second' });
    const mine = await registry.publish(input('a'));
    const theirs = await registry.publish(publication(other, 'a'));
    expect(theirs.registryId).toBe(mine.registryId);
    expect(theirs.installId).not.toBe(mine.installId);
    expect(await registry.findInstall(mine.installId, other)).toBeUndefined();
    expect((await registry.findInstall(mine.registryId, other))?.installId).toBe(theirs.installId);
    expect(await registry.tenantsWith(mine.registryId)).toEqual([database.tenantId, other].sort());
    await registry.uninstall({ tenantId: other, registryId: mine.registryId });
    expect(await served()).toBe(hashOf('a'));
    expect(await registry.listExtensions(other)).toEqual([]);
  });

  test('a tenant the database does not have is refused before anything is written', async () => {
    const stranger = tenantIdSchema.parse('51bbbfe5-0720-4d9b-b3e5-b5b43e441a52');
    await expect(registry.publish(publication(stranger, 'a'))).rejects.toMatchObject({
      code: 'REGISTRY_TENANT_UNKNOWN',
    });
    expect(await database.query('SELECT 1 FROM extension_registry')).toEqual([]);
  });

  test('a tenant of another product is refused', async () => {
    const { tenantId } = await addEmbeddedTenant({ ...database, name: 'Desk', productCode: 'algadesk' });
    await expect(registry.publish(publication(tenantId, 'a'))).rejects.toMatchObject({
      code: 'REGISTRY_PRODUCT_DENIED',
    });
  });
});

describe('rows that someone changed by hand', () => {
  test('an install moved to a tenant that does not exist is brought back', async () => {
    const rows = await registry.publish(input('a'));
    await database.query(
      `UPDATE tenant_extension_install SET tenant_id = '51bbbfe5-0720-4d9b-b3e5-b5b43e441a52'`,
    );
    expect(await registry.publish(input('b'))).toMatchObject({ installId: rows.installId });
    expect(await served()).toBe(hashOf('b'));
    expect(await database.query('SELECT tenant_id FROM tenant_extension_install')).toEqual([
      { tenant_id: database.tenantId },
    ]);
  });

  test('an install moved to another real tenant stays there, and both are served', async () => {
    const { tenantId: other } = await addEmbeddedTenant({ ...database, name: 'Second' });
    const moved = await registry.publish(input('a'));
    await database.query('UPDATE tenant_extension_install SET tenant_id = $1', [other]);
    expect((await registry.publish(publication(other, 'a'))).installId).toBe(moved.installId);
    const fresh = await registry.publish(input('a'));
    expect(fresh.installId).not.toBe(moved.installId);
    expect((await registry.findInstall(moved.registryId, other))?.installId).toBe(moved.installId);
    expect(await served()).toBe(hashOf('a'));
    expect((await registry.publish(input('a'))).changed).toBe(false);
  });

  test('an install with the tenant in upper case becomes lower case', async () => {
    const rows = await registry.publish(input('a'));
    await database.query('UPDATE tenant_extension_install SET tenant_id = upper(tenant_id)');
    expect((await registry.publish(input('a'))).installId).toBe(rows.installId);
    expect(await served()).toBe(hashOf('a'));
  });

  test('a bundle row whose hash was patched is brought back', async () => {
    await registry.publish(input('a'));
    await database.query('UPDATE extension_bundle SET content_hash = $1', [hashOf('patched')]);
    await registry.publish(input('a'));
    expect(await served()).toBe(hashOf('a'));
    await registry.publish(input('patched'));
    expect(await served()).toBe(hashOf('patched'));
  });

  test('a renamed entry and version are brought back', async () => {
    const rows = await registry.publish(input('a'));
    await database.query(`UPDATE extension_registry SET name = 'renamed'`);
    await database.query(`UPDATE extension_version SET version = '9.9.9'`);
    expect(await registry.publish(input('a'))).toEqual({ ...rows, changed: true });
  });

  test('rows under other ids are used under these ids', async () => {
    const registryId = '11111111-1111-4111-8111-111111111111';
    const versionId = '22222222-2222-4222-8222-222222222222';
    await database.query(`INSERT INTO extension_registry (id, publisher, name) VALUES ($1, 'Example', $2)`, [
      registryId,
      MANIFEST.name,
    ]);
    await database.query(
      `INSERT INTO extension_version (id, registry_id, version, runtime, main_entry)
       VALUES ($1, $2, '1.0.0', 'x', 'x')`,
      [versionId, registryId],
    );
    expect(await registry.publish(input('a'))).toMatchObject({ registryId, versionId });
    expect(await registry.findRegistryId({ publisher: 'Example', name: MANIFEST.name })).toBe(registryId);
  });
});

describe('hostile manifests', () => {
  test.each([
    `x'; DROP TABLE tenants; --`,
    `" OR 1=1 --`,
    `/* */ $1 $$ \\ %s %_ '' ""`,
    'наименование 名前 🙂',
    '$tag$',
  ])('the name %j is stored as it is', async (name) => {
    const endpoint = { method: 'GET', path: `/${name}`, handler: name };
    const rows = await registry.publish(
      input('a', {
        name,
        publisher: name,
        displayName: name,
        description: name,
        ui: { type: 'iframe', entry: name, hooks: { appMenu: { label: name } } },
        api: { endpoints: [endpoint] },
        capabilities: [name],
      }),
    );
    const install = await registry.findInstall(`${name}.${name}`, database.tenantId);
    expect(install).toMatchObject({
      installId: rows.installId,
      name,
      publisher: name,
      endpoints: [{ handler: name }],
    });
    expect(await registry.menuItems(database.tenantId, 'app')).toMatchObject([{ label: name.trim() }]);
    expect(await registry.tenants()).toHaveLength(1);
  });
});

describe('publishes that meet or fail', () => {
  test('of one extension, for two tenants, all at once: every row is right', async () => {
    const { tenantId: other } = await addEmbeddedTenant({ ...database, name: 'Second' });
    const second = createRegistry(database);
    const jobs = Array.from({ length: 16 }, (_, n) => {
      const tenantId = n % 2 === 0 ? database.tenantId : other;
      return (n % 4 < 2 ? registry : second).publish(publication(tenantId, `content ${n % 5}`));
    });
    const results = await Promise.all(jobs);
    await second.close();
    expect(new Set(results.map((rows) => rows.versionId)).size).toBe(1);
    expect(await database.query('SELECT 1 FROM tenant_extension_install')).toHaveLength(2);
    expect(await database.query('SELECT 1 FROM extension_bundle')).toHaveLength(5);
    const history = await registry.bundleHistory(results[0]?.versionId ?? never());
    const times = history.map((bundle) => bundle.createdAt?.getTime() ?? 0);
    expect([...times].sort((a, b) => b - a)).toEqual(times);
  });

  test('of one extension go one after the other: what was published last is served', async () => {
    await registry.publish(input('first'));
    // This publish stops at its bundle row until another connection lets go of a lock.
    await database.query(`CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_advisory_xact_lock(4711); RETURN NEW; END $$`);
    await database.query(
      `CREATE TRIGGER t BEFORE INSERT ON extension_bundle FOR EACH ROW
         WHEN (NEW.content_hash = '${hashOf('held')}') EXECUTE FUNCTION hold()`,
    );
    const holder = new pg.Client(database);
    await holder.connect();
    await holder.query('SELECT pg_advisory_lock(4711)');
    const order: string[] = [];
    const held = registry.publish(input('held')).then(() => order.push('held'));
    const blocked = async (backends: number): Promise<void> => {
      for (;;) {
        const [row] = await database.query(`SELECT count(*) AS n FROM pg_locks WHERE NOT granted`);
        if (Number(row?.n) >= backends || order.length > 0) return;
      }
    };
    await blocked(1);
    const later = registry.publish(input('later')).then(() => order.push('later'));
    await blocked(2);
    await holder.end();
    await Promise.all([held, later]);
    expect(order).toEqual(['held', 'later']);
    expect(await served()).toBe(hashOf('later'));
    await database.query('DROP FUNCTION hold CASCADE');
  });

  test.each([
    ['extension_bundle', 'INSERT'],
    ['extension_version', 'UPDATE'],
    ['extension_api_endpoint', 'INSERT'],
    ['tenant_extension_install', 'UPDATE'],
  ])('a failure at %s (%s) leaves the old version whole', async (table, event) => {
    await registry.publish(input('a'));
    const before = await fingerprint();
    await database.query(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'disk on fire'; END $$`);
    await database.query(`CREATE TRIGGER t BEFORE ${event} ON ${table} FOR EACH ROW EXECUTE FUNCTION fail()`);
    const endpoints = [{ method: 'GET', path: '/new', handler: 'dist/main' }];
    const next = input('b', {
      version: table === 'extension_version' ? '1.0.0' : '1.0.1',
      api: { endpoints },
    });
    await expect(registry.publish(next)).rejects.toMatchObject({
      code: 'REGISTRY_FAILED',
      message: expect.stringContaining('disk on fire'),
    });
    expect(await fingerprint()).toEqual(before);
    expect(await served()).toBe(hashOf('a'));
    await database.query('DROP FUNCTION fail CASCADE');
    await registry.publish(next);
    expect(await served()).toBe(hashOf('b'));
  });

  test('a connection that is cut in the middle is opened again and the publish succeeds', async () => {
    await registry.publish(input('a'));
    // The first attempt ends its own connection while it writes the install; the second one passes.
    await database.query(`CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
      BEGIN
        IF nextval('cuts') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
        RETURN NEW;
      END $$`);
    await database.query('CREATE SEQUENCE cuts');
    await database.query(
      'CREATE TRIGGER t BEFORE UPDATE ON tenant_extension_install FOR EACH ROW EXECUTE FUNCTION cut()',
    );
    await registry.publish(input('b', { version: '1.0.1' }));
    expect(await served()).toBe(hashOf('b'));
    expect(await database.query('SELECT last_value FROM cuts')).toEqual([{ last_value: '2' }]);
    await database.query('DROP FUNCTION cut CASCADE');
  });

  test('what publishing costs', async () => {
    await registry.publish(input('warm-up'));
    const times: number[] = [];
    for (let n = 0; n < 30; n += 1) {
      const start = performance.now();
      await registry.publish(input(`content ${n}`));
      times.push(performance.now() - start);
    }
    times.sort((a, b) => a - b);
    // A publish is a handful of statements; far more than that means a statement got slow.
    expect(times[15]).toBeLessThan(100);
  });
});

function never(): never {
  throw new Error('no result');
}
