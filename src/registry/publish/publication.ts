import { z } from 'zod';
import { algaError } from '../../core/errors/alga-error.js';
import type { BundleId, ContentHash, InstallId, RegistryId, TenantId, VersionId } from '../../core/ids.js';
import type { ExtensionIdentity, Manifest } from '../../project/types.js';
import { firstRow, type Sql } from '../database/sql.js';
import { writeBundle } from './bundle-row.js';
import { writeEndpoints } from './endpoint-rows.js';
import { writeRegistryEntry, writeVersion } from './extension-rows.js';
import { ensureConfig, writeInstall } from './install-rows.js';
import { versionColumns } from './version-columns.js';
import { resolveVersion } from './version-resolution.js';

/** Everything the rows of a published bundle are made from. */
export interface PublishInput {
  readonly tenantId: TenantId;
  readonly manifest: Manifest;
  readonly identity: ExtensionIdentity;
  readonly contentHash: ContentHash;
  readonly sizeBytes: number;
  /** URL of the stored object; informational, nothing reads it. */
  readonly storageUrl: string;
  /** Configuration values of the install to set; left as they are when absent. */
  readonly config?: Readonly<Record<string, string>>;
}

/** The ids the database has for a published bundle. */
export interface PublishedRows {
  readonly registryId: RegistryId;
  readonly versionId: VersionId;
  readonly bundleId: BundleId;
  readonly installId: InstallId;
  /** The concrete version. */
  readonly version: string;
  /** False when every row was right already and nothing was written. */
  readonly changed: boolean;
}

const tenantRow = z.object({ product_code: z.string().nullable() });

/**
 * Describes a stored bundle in the registry and installs it for one tenant. Meant for one
 * transaction: a reader sees the old rows or the new ones. Rows that are right are not touched.
 * Throws REGISTRY_TENANT_UNKNOWN, REGISTRY_PRODUCT_DENIED.
 */
export async function writePublication(sql: Sql, input: PublishInput): Promise<PublishedRows> {
  await requireTenant(sql, input.tenantId);
  const { publisher, name } = input.identity;
  // Two sessions may publish the same extension at once (for two tenants, say): one after the other.
  await sql.run('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`alga/${publisher}/${name}`]);
  const columns = versionColumns(input.manifest);
  const entry = await writeRegistryEntry(sql, input.identity, input.manifest);
  const version = await resolveVersion(sql, entry.id, input.identity, input.identity.version);
  const versionRow = await writeVersion(sql, {
    registryId: entry.id,
    extension: input.identity,
    version,
    columns,
  });
  const bundle = await writeBundle(sql, {
    ...input,
    extension: input.identity,
    version,
    versionId: versionRow.id,
  });
  const endpoints = await writeEndpoints(sql, versionRow.id, columns.apiEndpoints);
  const install = await writeInstall(sql, {
    tenantId: input.tenantId,
    extension: input.identity,
    registryId: entry.id,
    versionId: versionRow.id,
    capabilities: columns.capabilities,
  });
  const config = await ensureConfig(sql, install.id, columns.capabilities, input.config);
  const writes = [entry, versionRow, bundle, endpoints, install, config];
  return {
    registryId: entry.id,
    versionId: versionRow.id,
    bundleId: bundle.id,
    installId: install.id,
    version,
    changed: writes.some((write) => write.changed),
  };
}

/** Throws REGISTRY_TENANT_UNKNOWN, REGISTRY_PRODUCT_DENIED. */
export async function requireTenant(sql: Sql, tenantId: TenantId): Promise<void> {
  const tenant = await firstRow(sql, tenantRow, 'SELECT product_code FROM tenants WHERE tenant = $1', [
    tenantId,
  ]);
  if (tenant === undefined) throw algaError('REGISTRY_TENANT_UNKNOWN', { tenant: tenantId });
  if (!hasExtensions(tenant.product_code)) {
    throw algaError('REGISTRY_PRODUCT_DENIED', { tenant: tenantId, product: tenant.product_code ?? '' });
  }
}

/** The product gate: extensions belong to `psa`, which is also what no product code means. */
export function hasExtensions(productCode: string | null): boolean {
  return productCode === null || productCode === 'psa';
}
