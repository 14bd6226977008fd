import { z } from 'zod';
import { algaError } from '../../core/errors/alga-error.js';
import {
  bundleIdSchema,
  type InstallId,
  type RegistryId,
  type TenantId,
  type VersionId,
  versionIdSchema,
} from '../../core/ids.js';
import { knownCapabilities } from '../capabilities.js';
import { textArray, timestamp } from '../database/columns.js';
import { firstRow, onlyRow, type Sql } from '../database/sql.js';
import { ACTIVE_FIRST } from '../installs/install-row.js';
import { writeEndpoints } from './endpoint-rows.js';
import { writeRegistryEntry } from './extension-rows.js';
import { ensureConfig, writeInstall } from './install-rows.js';
import { type PublishedRows, type PublishInput, requireTenant } from './publication.js';
import type { ExtensionName } from './row-ids.js';
import { versionColumns } from './version-columns.js';
import { resolveVersion } from './version-resolution.js';

/** A finished bundle that is published for good, not while developing. */
export type ReleaseInput = Omit<PublishInput, 'tenantId' | 'config'>;

export type ReleasedRows = Omit<PublishedRows, 'installId' | 'changed'>;

const versionRow = z.object({ id: versionIdSchema });

/**
 * Publishes a version once, as the product's upload does: an existing version is refused, whatever
 * its content. Ids are random, which tells releases from what a development tool wrote.
 * Throws REGISTRY_VERSION_EXISTS.
 */
export async function writeRelease(sql: Sql, input: ReleaseInput): Promise<ReleasedRows> {
  const { identity, manifest } = input;
  await sql.run('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `alga/${identity.publisher}/${identity.name}`,
  ]);
  const entry = await writeRegistryEntry(sql, identity, manifest);
  const version = await resolveFree(sql, entry.id, identity, identity.version);
  const columns = versionColumns(manifest);
  const { id: versionId } = await onlyRow(
    sql,
    versionRow,
    `INSERT INTO extension_version
       (id, registry_id, version, runtime, main_entry, api, ui, capabilities, api_endpoints)
     VALUES (gen_random_uuid(), $1, $2, $3, $4, $5::jsonb, $6::jsonb, $7::jsonb, $8::jsonb) RETURNING id`,
    [
      entry.id,
      version,
      columns.runtime,
      columns.mainEntry,
      JSON.stringify(columns.api),
      columns.ui && JSON.stringify(columns.ui),
      JSON.stringify(columns.capabilities),
      JSON.stringify(columns.apiEndpoints),
    ],
  );
  const bundle = await onlyRow(
    sql,
    z.object({ id: bundleIdSchema }),
    `INSERT INTO extension_bundle (id, version_id, content_hash, storage_url, size_bytes)
     VALUES (gen_random_uuid(), $1, $2, $3, $4) RETURNING id`,
    [versionId, input.contentHash, input.storageUrl, input.sizeBytes],
  );
  await writeEndpoints(sql, versionId, columns.apiEndpoints);
  return { registryId: entry.id, versionId, bundleId: bundle.id, version };
}

async function resolveFree(
  sql: Sql,
  registryId: RegistryId,
  extension: ExtensionName,
  wanted: string,
): Promise<string> {
  const resolved = await resolveVersion(sql, registryId, extension, wanted, 'next');
  const taken = await firstRow(
    sql,
    versionRow,
    'SELECT id FROM extension_version WHERE registry_id = $1 AND version = $2',
    [registryId, resolved],
  );
  if (taken === undefined) return resolved;
  const name = `${extension.publisher}/${extension.name}`;
  throw algaError('REGISTRY_VERSION_EXISTS', { extension: name, version: resolved });
}

const installableRow = z.object({
  id: versionIdSchema,
  publisher: z.string(),
  name: z.string(),
  capabilities: textArray,
});

/**
 * Installs a published version for a tenant, or changes the version of its install. Configuration
 * starts empty and grants are those of the version, as in the product; secrets stay.
 * Throws REGISTRY_TENANT_UNKNOWN, REGISTRY_PRODUCT_DENIED, REGISTRY_VERSION_UNKNOWN.
 */
export async function installVersion(
  sql: Sql,
  target: { tenantId: TenantId; registryId: RegistryId; version: string },
): Promise<{ installId: InstallId; versionId: VersionId }> {
  const { tenantId, registryId, version } = target;
  await requireTenant(sql, tenantId);
  const found = await firstRow(
    sql,
    installableRow,
    `SELECT v.id, r.publisher, r.name, v.capabilities FROM extension_version v
       JOIN extension_registry r ON r.id = v.registry_id WHERE v.registry_id = $1 AND v.version = $2`,
    [registryId, version],
  );
  if (found === undefined) throw algaError('REGISTRY_VERSION_UNKNOWN', { version });
  const { id: versionId, capabilities } = found;
  const install = await writeInstall(sql, {
    tenantId,
    registryId,
    versionId,
    extension: found,
    capabilities,
  });
  await sql.run(`UPDATE tenant_extension_install SET config = '{}', granted_caps = $2::jsonb WHERE id = $1`, [
    install.id,
    JSON.stringify(knownCapabilities(capabilities)),
  ]);
  await ensureConfig(sql, install.id, capabilities, {});
  return { installId: install.id, versionId };
}

const listedRow = z
  .object({
    id: versionIdSchema,
    version: z.string(),
    created_at: timestamp.nullable(),
    content_hash: z.string().nullable(),
  })
  .transform((row) => ({
    versionId: row.id,
    version: row.version,
    createdAt: row.created_at,
    /** Hash of the active bundle. */
    contentHash: row.content_hash,
  }));

export type VersionRecord = z.infer<typeof listedRow>;

/** The versions of an extension, newest first. */
export function listVersions(sql: Sql, registryId: RegistryId): Promise<VersionRecord[]> {
  return sql.rows(
    listedRow,
    `SELECT v.id, v.version, v.created_at, b.content_hash FROM extension_version v
       LEFT JOIN LATERAL (SELECT content_hash FROM extension_bundle
                           WHERE version_id = v.id ORDER BY ${ACTIVE_FIRST} LIMIT 1) b ON true
      WHERE v.registry_id = $1 ORDER BY v.created_at DESC NULLS FIRST, v.version DESC`,
    [registryId],
  );
}
