import { createHash, randomUUID } from 'node:crypto';
import pg from 'pg';
import { addEmbeddedTenant } from '../../../src/registry/index.js';
import type { LiveFault } from './fault.js';
import { otherBundle } from './store-faults.js';
import type { World } from './world.js';

const stray = (): string => `sha256:${createHash('sha256').update(randomUUID()).digest('hex')}`;

/** Changes rows by one statement that nobody takes back but the doctor. */
function rows(check: string, sql: string, of: (world: World) => unknown[]): LiveFault {
  return {
    check,
    mends: [check],
    cause: ({ backend, ...world }) => backend.query(sql, of({ backend, ...world })),
  };
}

/** Changes rows by one statement and back by another. */
function rowsAndBack(
  check: string,
  [there, back]: [string, string],
  of: (world: World) => unknown[],
): LiveFault {
  const cause: LiveFault['cause'] = async (world) => {
    await world.backend.query(there, of(world));
    return () => world.backend.query(back, of(world));
  };
  return { check, cause };
}

export const registryFaults: readonly LiveFault[] = [
  rows(
    'registry.bundle-hash',
    'UPDATE extension_bundle SET content_hash = $2 WHERE version_id = $1',
    ({ ready }) => [ready.versionId, stray()],
  ),
  rows(
    'registry.hash-form',
    'UPDATE extension_bundle SET content_hash = upper(substr(content_hash, 8)) WHERE version_id = $1',
    ({ ready }) => [ready.versionId],
  ),
  rows(
    'registry.endpoints',
    `UPDATE extension_version SET api_endpoints = '[]' WHERE id = $1`,
    ({ ready }) => [ready.versionId],
  ),
  {
    ...rows(
      'registry.endpoints',
      'UPDATE extension_version SET api_endpoints = api_endpoints - 0 WHERE id = $1',
      ({ ready }) => [ready.versionId],
    ),
    how: 'one is missing',
  },
  rows('registry.menu', 'UPDATE extension_version SET ui = NULL WHERE id = $1', ({ ready }) => [
    ready.versionId,
  ]),
  rows(
    'registry.grants',
    `WITH install AS (UPDATE tenant_extension_install SET granted_caps = '[]' WHERE version_id = $1)
     UPDATE extension_version SET capabilities = '[]' WHERE id = $1`,
    ({ ready }) => [ready.versionId],
  ),
  rows(
    'registry.disabled',
    'UPDATE tenant_extension_install SET is_enabled = false WHERE id = $1',
    ({ ready }) => [ready.installId],
  ),
  rows('registry.install', 'DELETE FROM tenant_extension_install WHERE registry_id = $1', ({ ready }) => [
    ready.registryId,
  ]),
  rows(
    'registry.stale-bundles',
    `INSERT INTO extension_bundle (id, version_id, content_hash, created_at)
     VALUES (gen_random_uuid(), $1, $2, now() - interval '1 day')`,
    ({ ready }) => [ready.versionId, stray()],
  ),
  {
    check: 'registry.wrong-tenant',
    mends: ['registry.wrong-tenant'],
    cause: async ({ backend, ready }) => {
      const { connectionString } = backend.stack.database;
      const { tenantId } = await addEmbeddedTenant({ connectionString, name: `Second ${randomUUID()}` });
      const move = 'UPDATE tenant_extension_install SET tenant_id = $2 WHERE registry_id = $1';
      await backend.query(move, [ready.registryId, tenantId]);
    },
  },
  {
    check: 'registry.installed-version',
    mends: ['registry.installed-version'],
    cause: async ({ backend, ready }) => {
      const version = randomUUID();
      await backend.query(
        `INSERT INTO extension_version SELECT (jsonb_populate_record(v, jsonb_build_object('id', $2::text, 'version', '0.0.9'))).*
           FROM extension_version v WHERE id = $1`,
        [ready.versionId, version],
      );
      await backend.query(
        `INSERT INTO extension_bundle (id, version_id, content_hash, size_bytes)
         SELECT gen_random_uuid(), $2, content_hash, size_bytes FROM extension_bundle WHERE version_id = $1`,
        [ready.versionId, version],
      );
      const point = 'UPDATE tenant_extension_install SET version_id = $2 WHERE registry_id = $1';
      await backend.query(point, [ready.registryId, version]);
    },
  },
  rowsAndBack(
    'registry.tenant',
    [
      `UPDATE tenants SET product_code = 'other' WHERE tenant = $1`,
      `UPDATE tenants SET product_code = 'psa' WHERE tenant = $1`,
    ],
    ({ ready }) => [ready.tenantId],
  ),
  rowsAndBack(
    'registry.schema',
    [
      'ALTER TABLE ext_storage_records RENAME COLUMN value TO valeur',
      'ALTER TABLE ext_storage_records RENAME COLUMN valeur TO value',
    ],
    () => [],
  ),
  rowsAndBack(
    'registry.extension',
    [
      `UPDATE extension_registry SET name = name || '.gone' WHERE id = $1`,
      `UPDATE extension_registry SET name = replace(name, '.gone', '') WHERE id = $1`,
    ],
    ({ ready }) => [ready.registryId],
  ),
  {
    check: 'registry.bundle-row',
    cause: async ({ backend, ready }) => {
      const found = await backend.query<{ row: unknown }>(
        'DELETE FROM extension_bundle WHERE version_id = $1 RETURNING to_jsonb(extension_bundle) AS row',
        [ready.versionId],
      );
      const back =
        'INSERT INTO extension_bundle SELECT (jsonb_populate_record(null::extension_bundle, $1)).*';
      return async () => {
        for (const { row } of found) await backend.query(back, [JSON.stringify(row)]);
      };
    },
  },
  {
    check: 'registry.duplicates',
    cause: async ({ backend, ready }) => {
      const registry = randomUUID();
      const copies = [
        [
          `INSERT INTO extension_registry SELECT (jsonb_populate_record(r, jsonb_build_object('id', $2::text, 'publisher', 'old'))).*
            FROM extension_registry r WHERE id = $1`,
          ready.registryId,
        ],
        [
          `INSERT INTO extension_version SELECT (jsonb_populate_record(v, jsonb_build_object('id', $2::text, 'registry_id', $2::text))).*
            FROM extension_version v WHERE id = $1`,
          ready.versionId,
        ],
        [
          `INSERT INTO tenant_extension_install SELECT (jsonb_populate_record(i, jsonb_build_object(
              'id', $2::text, 'registry_id', $2::text, 'version_id', $2::text))).*
            FROM tenant_extension_install i WHERE registry_id = $1`,
          ready.registryId,
        ],
      ] as const;
      for (const [sql, id] of copies) await backend.query(sql, [id, registry]);
      return async () => {
        for (const table of ['tenant_extension_install', 'extension_version', 'extension_registry'])
          await backend.query(`DELETE FROM ${table} WHERE id = $1`, [registry]);
      };
    },
  },
  {
    check: 'registry.reachable',
    how: 'it takes no connections',
    cause: async ({ backend }) => {
      const url = new URL(backend.stack.database.connectionString);
      const name = url.pathname.slice(1);
      url.pathname = '/template1';
      const allow = async (yes: boolean): Promise<void> => {
        const client = new pg.Client({ connectionString: url.href });
        await client.connect();
        await client.query(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS ${yes}`);
        await client.end();
      };
      await allow(false);
      return () => allow(true);
    },
  },
  {
    check: 'host.served',
    how: 'a newer row of another stored bundle',
    mends: ['host.served'],
    cause: async (world) => {
      const { backend, ready, s3, bucket, keyOf, put } = world;
      const other = await otherBundle(world);
      await put(other.bytes, keyOf(other.contentHash));
      await backend.query(
        `INSERT INTO extension_bundle (id, version_id, content_hash, size_bytes)
         VALUES (gen_random_uuid(), $1, $2, $3)`,
        [ready.versionId, other.contentHash, other.bytes.length],
      );
      return async () => {
        await backend.query('DELETE FROM extension_bundle WHERE content_hash = $1', [other.contentHash]);
        await s3.removeObject(bucket, keyOf(other.contentHash));
      };
    },
  },
];
