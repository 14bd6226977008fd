import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  addEmbeddedTenant,
  configForGuest,
  createRegistry,
  type Registry,
} from '../../src/registry/index.js';
import { startTestServer, type TestDatabase, type TestServer } from './support/database.js';
import { hashOf, publication } from './support/publication.js';

let server: TestServer;
let database: TestDatabase;
let registry: Registry;

beforeAll(async () => {
  server = await startTestServer();
  database = await server.database();
  registry = createRegistry(database);
});
afterAll(async () => {
  await registry.close();
  await server.stop();
});
beforeEach(() => database.clear());

const publish = (content = 'a', changes = {}): ReturnType<Registry['publish']> =>
  registry.publish(publication(database.tenantId, content, changes));

describe('findInstall', () => {
  test('takes install id, registry id and slug in any case', async () => {
    const rows = await publish();
    for (const id of [
      rows.installId,
      rows.registryId,
      rows.registryId.toUpperCase(),
      'Example.com.example.demo',
      'EXAMPLE.COM.EXAMPLE.DEMO',
    ]) {
      expect((await registry.findInstall(id, database.tenantId))?.installId).toBe(rows.installId);
    }
  });

  test.each([
    'com.example.demo',
    'example.com.example.dem_',
    '01890a5d-ac96-774b-bcce-b302099a8057',
    `' OR '1'='1`,
    '%',
    '',
  ])('finds nothing for %j', async (id) => {
    await publish();
    expect(await registry.findInstall(id, database.tenantId)).toBeUndefined();
  });

  test('needs both switches, unless asked for disabled ones', async () => {
    const { installId } = await publish();
    for (const off of [
      `is_enabled = false`,
      `is_enabled = true, status = 'disabled'`,
      `status = 'pending'`,
    ]) {
      await database.query(`UPDATE tenant_extension_install SET ${off}`);
      expect(await registry.findInstall(installId, database.tenantId)).toBeUndefined();
      const shown = await registry.findInstall(installId, database.tenantId, { includeDisabled: true });
      expect(shown?.installId).toBe(installId);
      expect(await registry.listExtensions(database.tenantId)).toHaveLength(1);
    }
    await registry.setEnabled(installId, true);
    expect(await registry.findInstall(installId, database.tenantId)).toBeDefined();
  });

  test('gives everything a call needs', async () => {
    const rows = await publish();
    await registry.writeConfig(rows.installId, { region: 'eu' });
    await registry.setGrantedCapabilities(rows.installId, ['CAP:HTTP.FETCH', 'made.up']);
    expect(await registry.findInstall(rows.registryId, database.tenantId)).toMatchObject({
      installId: rows.installId,
      tenantId: database.tenantId,
      versionId: rows.versionId,
      version: '1.0.0',
      slug: 'Example.com.example.demo',
      displayName: 'Demo',
      contentHash: hashOf('a'),
      bundleId: rows.bundleId,
      sizeBytes: 1001,
      config: { region: 'eu' },
      configVersion: expect.any(String),
      secretsVersion: null,
      providers: [
        'cap:context.read',
        'cap:log.emit',
        'cap:user.read',
        'cap:storage.kv',
        'cap:scheduler.manage',
        'cap:http.fetch',
      ],
      endpoints: [
        { method: 'GET', path: '/hello' },
        { method: 'POST', path: '/items/:id' },
      ],
      ui: { hooks: { appMenu: { label: 'Demo' } } },
      runnerStatus: { state: 'ready' },
    });
  });

  test('survives rows that other tools left in a bad state', async () => {
    const { installId } = await publish();
    await database.query(
      `UPDATE extension_version SET ui = '"broken"', capabilities = '{"a": 1}',
              api_endpoints = '[{"method": "GET"}, "x", {"method": "GET", "path": "/ok", "handler": "h"}]'`,
    );
    await database.query(`UPDATE extension_bundle SET content_hash = 'nonsense'`);
    expect(await registry.findInstallById(installId)).toMatchObject({
      ui: null,
      capabilities: [],
      endpoints: [{ path: '/ok' }],
      contentHash: null,
    });
  });
});

test('a guest gets its configuration as texts', () => {
  const config = { text: 'a', number: 1, off: false, nothing: null, deep: { a: [1] } };
  expect(configForGuest(config)).toEqual({
    text: 'a',
    number: '1',
    off: 'false',
    nothing: '',
    deep: '{"a":[1]}',
  });
});

describe('menu entries', () => {
  const both = {
    ui: {
      type: 'iframe' as const,
      entry: 'ui/index.html',
      hooks: { appMenu: { label: 'App' }, clientPortalMenu: { label: 'Portal' } },
    },
  };

  test('appear where the manifest says', async () => {
    const { registryId, installId } = await publish('a', both);
    expect(await registry.menuItems(database.tenantId, 'app')).toEqual([{ registryId, label: 'App' }]);
    expect(await registry.menuItems(database.tenantId, 'client-portal')).toEqual([
      { registryId, label: 'Portal' },
    ]);
    await database.query(`UPDATE tenant_extension_install SET status = 'disabled'`);
    expect(await registry.menuItems(database.tenantId, 'app')).toHaveLength(1);
    expect(await registry.menuItems(database.tenantId, 'client-portal')).toEqual([]);
    await registry.setEnabled(installId, false);
    expect(await registry.menuItems(database.tenantId, 'app')).toEqual([]);
  });

  test('do not appear without a label, without a UI, or for another product', async () => {
    await publish('a', { ui: { type: 'iframe', entry: 'ui/index.html' } });
    expect(await registry.menuItems(database.tenantId, 'app')).toEqual([]);
    await publish('b', { ui: undefined });
    expect(await registry.menuItems(database.tenantId, 'app')).toEqual([]);
    await publish('c', both);
    await database.query(`UPDATE tenants SET product_code = 'algadesk'`);
    expect(await registry.menuItems(database.tenantId, 'app')).toEqual([]);
    await database.query(`UPDATE tenants SET product_code = NULL`);
    expect(await registry.menuItems(database.tenantId, 'app')).toHaveLength(1);
    await database.query(`UPDATE tenants SET product_code = 'psa'`);
  });
});

describe('what the runner asks', () => {
  test('lookup by host ignores port and case, and knows disabled installs too', async () => {
    const { installId, registryId } = await publish();
    await publish('b');
    await database.query(`UPDATE tenant_extension_install SET runner_domain = 'a-b.apps.example.com'`);
    const expected = { tenantId: database.tenantId, extensionId: registryId, contentHash: hashOf('b') };
    expect(await registry.lookupByHost('A-B.apps.example.com:8085')).toEqual(expected);
    await registry.setEnabled(installId, false);
    expect(await registry.lookupByHost('a-b.apps.example.com')).toEqual(expected);
    expect(await registry.lookupByHost('other.example.com')).toBeUndefined();
    await database.query('DELETE FROM extension_bundle');
    expect(await registry.lookupByHost('a-b.apps.example.com')).toBeUndefined();
  });

  test('validate approves every bundle of the installed version, with or without prefix', async () => {
    const { registryId, installId } = await publish('a');
    await publish('b');
    const hash = hashOf('a');
    const valid = (tenant: string, extension: string, value: string): Promise<boolean> =>
      registry.validate(tenant, extension, value);
    expect(await valid(database.tenantId, registryId, hash)).toBe(true);
    expect(await valid(database.tenantId, registryId, hash.slice(7).toUpperCase())).toBe(true);
    await registry.setEnabled(installId, false);
    expect(await valid(database.tenantId, registryId, hashOf('b'))).toBe(true);
    const { tenantId: other } = await addEmbeddedTenant({ ...database, name: 'Second' });
    for (const [tenant, extension, value] of [
      [other, registryId, hash],
      [database.tenantId, registryId, hashOf('c')],
      [database.tenantId, registryId, 'sha256:abc'],
      [database.tenantId, 'x', hash],
      ['', '', ''],
      [`' OR 1=1 --`, registryId, hash],
    ]) {
      expect(await valid(tenant ?? '', extension ?? '', value ?? '')).toBe(false);
    }
  });
});

describe('a release', () => {
  const release = (content: string, changes = {}): ReturnType<Registry['publishRelease']> =>
    registry.publishRelease(publication(database.tenantId, content, changes));

  test('is published once, whatever its content, and installed by its version', async () => {
    const rows = await release('a');
    await expect(release('b')).rejects.toMatchObject({ code: 'REGISTRY_VERSION_EXISTS' });
    expect(await registry.listExtensions(database.tenantId)).toEqual([]);
    const target = { tenantId: database.tenantId, registryId: rows.registryId };
    const { installId } = await registry.install({ ...target, version: '1.0.0' });
    expect(await registry.findInstall(installId, database.tenantId)).toMatchObject({
      versionId: rows.versionId,
      contentHash: hashOf('a'),
      grantedCapabilities: ['cap:storage.kv', 'cap:scheduler.manage'],
      endpoints: [{ path: '/hello' }, { path: '/items/:id' }],
    });
    await expect(registry.install({ ...target, version: '2.0.0' })).rejects.toMatchObject({
      code: 'REGISTRY_VERSION_UNKNOWN',
    });
  });

  test('of a newer version takes the place of the old one with an empty configuration', async () => {
    const { registryId } = await release('a');
    const target = { tenantId: database.tenantId, registryId };
    const { installId } = await registry.install({ ...target, version: '1.0.0' });
    await registry.writeConfig(installId, { a: 'b' });
    await registry.writeSecrets(installId, { S: 's' });
    await release('b', { version: '1.1.0' });
    expect(await registry.install({ ...target, version: '1.1.0' })).toMatchObject({ installId });
    const install = await registry.findInstallById(installId);
    expect(install).toMatchObject({ version: '1.1.0', contentHash: hashOf('b'), config: {} });
    expect((await registry.readSecrets(installId)).values).toEqual({ S: 's' });
    expect(
      (await registry.versions(registryId)).map(({ version, contentHash }) => [version, contentHash]),
    ).toEqual([
      ['1.1.0', hashOf('b')],
      ['1.0.0', hashOf('a')],
    ]);
  });

  test('with a wildcard always takes a new patch; development then goes past it', async () => {
    const wild = { version: '0.3.*' };
    expect((await publish('a', wild)).version).toBe('0.3.0');
    expect((await release('b', wild)).version).toBe('0.3.1');
    expect((await release('c', wild)).version).toBe('0.3.2');
    expect((await publish('d', wild)).version).toBe('0.3.3');
    expect((await publish('e', wild)).version).toBe('0.3.3');
  });
});

describe('uninstalling', () => {
  test('removes the install with all that hangs on it, and keeps what is published', async () => {
    const { installId, registryId } = await publish();
    await registry.writeSecrets(installId, { A: 'b' });
    await registry.services.scheduler.create(installId, { endpoint: '/hello', cron: '0 * * * *' });
    const target = { tenantId: database.tenantId, registryId };
    expect(await registry.uninstall(target)).toEqual({ removed: true, contentHashes: [hashOf('a')] });
    for (const table of [
      'tenant_extension_install',
      'tenant_extension_install_config',
      'tenant_extension_install_secrets',
      'tenant_extension_schedule',
    ]) {
      expect(await database.query(`SELECT 1 FROM ${table}`)).toEqual([]);
    }
    expect(await database.query('SELECT 1 FROM extension_bundle')).toHaveLength(1);
    expect(await registry.uninstall(target)).toEqual({ removed: false, contentHashes: [] });
  });
});

describe('secrets', () => {
  const key = randomBytes(32);

  test.each([
    ['inline', undefined],
    ['sealed', key],
  ])('are merged, removed and handed to the runner inline (%s at rest)', async (form, sealingKey) => {
    const own = createRegistry({ ...database, ...(sealingKey && { sealingKey }) });
    const { installId } = await publish();
    const first = await own.writeSecrets(installId, { A: 'canary-1', B: '2' });
    const second = await own.writeSecrets(
      installId,
      { B: null, C: 'ü' },
      { expiresAt: new Date('2030-01-01T00:00:00Z') },
    );
    expect(second).not.toBe(first);
    expect(await own.readSecrets(installId)).toEqual({
      values: { A: 'canary-1', C: 'ü' },
      readable: true,
      version: second,
    });
    const envelope = await own.secretEnvelope(installId);
    expect(envelope).toMatchObject({
      algorithm: 'inline/base64',
      version: second,
      expires_at: '2030-01-01T00:00:00.000Z',
    });
    const opened: unknown = JSON.parse(Buffer.from(envelope?.ciphertext_b64 ?? '', 'base64').toString());
    expect(opened).toEqual({ A: 'canary-1', C: 'ü' });
    const [row] = await database.query('SELECT ciphertext, algorithm FROM tenant_extension_install_secrets');
    const atRest = Buffer.from(String(row?.ciphertext), 'base64').toString('latin1');
    expect(atRest.includes('canary')).toBe(form === 'inline');
    expect((await own.findInstallById(installId))?.secretsVersion).toBe(second);
    expect(await own.writeSecrets(installId, { A: null, C: null })).toBeNull();
    expect(await own.secretEnvelope(installId)).toBeUndefined();
    expect(await database.query('SELECT 1 FROM tenant_extension_install_secrets')).toEqual([]);
    await own.close();
  });

  test('that were sealed with another key are not readable, and are replaced by new ones', async () => {
    const { installId } = await publish();
    const theirs = createRegistry({ ...database, sealingKey: key });
    await theirs.writeSecrets(installId, { A: '1' });
    expect(await registry.readSecrets(installId)).toMatchObject({ values: {}, readable: false });
    expect(await registry.secretEnvelope(installId)).toBeUndefined();
    await registry.writeSecrets(installId, { B: '2' });
    expect(await registry.readSecrets(installId)).toMatchObject({ values: { B: '2' }, readable: true });
    await theirs.close();
  });

  test("a vault's envelope is handed on as it is", async () => {
    const { installId } = await publish();
    await database.query(
      `INSERT INTO tenant_extension_install_secrets
         (install_id, tenant_id, ciphertext, algorithm, transit_key, transit_mount, version)
       VALUES ($1, $2, 'vault:v1:abc', 'vault-transit:v1', 'k', 'transit', 'v')`,
      [installId, database.tenantId],
    );
    expect(await registry.secretEnvelope(installId)).toEqual({
      ciphertext_b64: 'vault:v1:abc',
      algorithm: 'vault-transit:v1',
      key_path: 'k',
      mount: 'transit',
      version: 'v',
    });
    expect(await registry.readSecrets(installId)).toMatchObject({ readable: false });
  });

  test('of writers at once none is lost', async () => {
    const { installId } = await publish();
    const names = Array.from({ length: 8 }, (_, n) => `S${n}`);
    await Promise.all(names.map((name) => registry.writeSecrets(installId, { [name]: name })));
    expect(Object.keys((await registry.readSecrets(installId)).values).sort()).toEqual(names);
  });

  test('and configuration need an install', async () => {
    const { installId, registryId } = await publish();
    await registry.uninstall({ tenantId: database.tenantId, registryId });
    const unknown = { code: 'REGISTRY_INSTALL_UNKNOWN' };
    await expect(registry.writeSecrets(installId, { A: '1' })).rejects.toMatchObject(unknown);
    await expect(registry.writeConfig(installId, {})).rejects.toMatchObject(unknown);
    await expect(registry.setEnabled(installId, true)).rejects.toMatchObject(unknown);
    await expect(registry.setGrantedCapabilities(installId, [])).rejects.toMatchObject(unknown);
  });
});

test('the execution log keeps how a call began and ended', async () => {
  const { registryId, versionId } = await publish();
  const { tenantId } = database;
  const metrics = {
    method: 'GET',
    path: '/hello',
    endpoint_template: '/hello',
    principal_kind: 'msp' as const,
    user_id: 'u',
  };
  const id = await registry.startExecution({ tenantId, registryId, versionId, requestId: 'r-1', metrics });
  const of = { tenantId, registryId, limit: 5 };
  expect(await registry.recentExecutions(of)).toMatchObject([
    { id, status: 'started', finishedAt: null, metrics },
  ]);
  await registry.finishExecution(id, {
    status: 'upstream_error',
    error: 'extension_error_status',
    httpStatus: 418,
    durationMs: 12.6,
  });
  expect(await registry.recentExecutions(of)).toMatchObject([
    {
      id,
      requestId: 'r-1',
      status: 'upstream_error',
      error: 'extension_error_status',
      finishedAt: expect.any(Date),
      metrics: { ...metrics, http_status: 418, duration_ms: 13 },
    },
  ]);
});

test('users of every kind are there, with rights and client', async () => {
  const users = await registry.users(database.tenantId);
  expect(
    users.map(({ name, userType, permissions, clientName }) => [name, userType, permissions, clientName]),
  ).toEqual([
    [
      'Alex Admin',
      'internal',
      ['client:read', 'extension:read', 'extension:write', 'invoice:create', 'service:read'],
      null,
    ],
    ['Noa Newcomer', 'internal', [], null],
    ['Terry Technician', 'internal', ['client:read', 'extension:read', 'service:read'], null],
    ['Dana Dorsey', 'client', [], 'Emerald City'],
    ['Sam Stray', 'client', [], null],
  ]);
});
