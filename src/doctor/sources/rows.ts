import { z } from 'zod';
import type { ExtensionIdentity } from '../../project/types.js';
import type { Database } from './database.js';

const json = z.unknown();

const tenantRow = z.object({
  tenant: z.string(),
  client_name: z.string(),
  product_code: z.string().nullable(),
});
const registryRow = z.object({ id: z.string(), publisher: z.string(), name: z.string() });
const versionRow = z.object({
  id: z.string(),
  registry_id: z.string(),
  version: z.string(),
  api_endpoints: json,
  ui: json,
  capabilities: json,
});
const bundleRow = z.object({
  id: z.string(),
  version_id: z.string(),
  content_hash: z.string(),
  size_bytes: z.coerce.number().nullable(),
});
const installRow = z.object({
  id: z.string(),
  tenant_id: z.string(),
  registry_id: z.string(),
  version_id: z.string(),
  is_enabled: z.boolean(),
  status: z.string(),
  granted_caps: json,
});

export type VersionRow = z.infer<typeof versionRow>;
export type BundleRow = z.infer<typeof bundleRow>;
export type InstallRow = z.infer<typeof installRow>;

/** Everything the database says of one extension, as it stands there. */
export interface Rows {
  readonly tenants: readonly z.infer<typeof tenantRow>[];
  /** Entries of this name, whoever publishes them. */
  readonly registries: readonly z.infer<typeof registryRow>[];
  readonly versions: readonly VersionRow[];
  /** Newest first, in the order that decides which one is active. */
  readonly bundles: readonly BundleRow[];
  readonly installs: readonly InstallRow[];
}

/** Reads the rows of an extension. */
export async function readRows(database: Database, identity: ExtensionIdentity): Promise<Rows> {
  const tenants = await database.rows(
    tenantRow,
    'SELECT tenant::text, client_name, product_code FROM tenants ORDER BY created_at',
  );
  const registries = await database.rows(
    registryRow,
    'SELECT id::text, publisher, name FROM extension_registry WHERE lower(name) = lower($1) ORDER BY created_at',
    [identity.name],
  );
  const ids = registries.map(({ id }) => id);
  const versions = await database.rows(
    versionRow,
    `SELECT id::text, registry_id::text, version, api_endpoints, ui, capabilities FROM extension_version
      WHERE registry_id = ANY($1::uuid[])`,
    [ids],
  );
  const bundles = await database.rows(
    bundleRow,
    `SELECT id::text, version_id::text, content_hash, size_bytes FROM extension_bundle
      WHERE version_id = ANY($1::uuid[]) ORDER BY created_at DESC NULLS FIRST, content_hash DESC`,
    [versions.map(({ id }) => id)],
  );
  const installs = await database.rows(
    installRow,
    `SELECT id::text, tenant_id, registry_id::text, version_id::text, is_enabled, status, granted_caps
       FROM tenant_extension_install WHERE registry_id = ANY($1::uuid[]) ORDER BY created_at`,
    [ids],
  );
  return { tenants, registries, versions, bundles, installs };
}

/** Tables and the columns of them that host, runner and loop cannot do without. */
export const NEEDED_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  tenants: ['tenant', 'client_name', 'product_code'],
  extension_registry: ['id', 'publisher', 'name'],
  extension_version: ['id', 'registry_id', 'version', 'runtime', 'api_endpoints', 'ui', 'capabilities'],
  extension_bundle: ['id', 'version_id', 'content_hash', 'created_at', 'size_bytes'],
  tenant_extension_install: [
    'id',
    'tenant_id',
    'registry_id',
    'version_id',
    'granted_caps',
    'is_enabled',
    'status',
  ],
  tenant_extension_install_config: ['install_id', 'config', 'providers'],
  tenant_extension_install_secrets: ['install_id', 'ciphertext', 'algorithm'],
  extension_api_endpoint: ['version_id', 'method', 'path', 'handler'],
  extension_execution_log: ['id', 'tenant_id', 'status'],
  ext_storage_records: ['tenant', 'extension_install_id', 'namespace', 'key', 'value'],
};

const columnRow = z.object({ table_name: z.string(), column_name: z.string() });

/** `table` or `table.column` of what is needed and missing. */
export async function missingColumns(database: Database): Promise<string[]> {
  const found = await database.rows(
    columnRow,
    `SELECT table_name, column_name FROM information_schema.columns
      WHERE table_schema = 'public' AND table_name = ANY($1)`,
    [Object.keys(NEEDED_COLUMNS)],
  );
  const tables = new Set(found.map((row) => row.table_name));
  const columns = new Set(found.map((row) => `${row.table_name}.${row.column_name}`));
  return Object.entries(NEEDED_COLUMNS).flatMap(([table, names]) =>
    tables.has(table)
      ? names.map((name) => `${table}.${name}`).filter((name) => !columns.has(name))
      : [table],
  );
}

const wholeSchema = z.object({ row: z.record(z.string(), z.unknown()) });

/** A row with all its columns, as the database writes it in JSON. Throws when it is gone. */
export async function wholeRow(
  database: Database,
  table: 'extension_bundle',
  id: string,
): Promise<Record<string, unknown>> {
  const [found] = await database.rows(
    wholeSchema,
    `SELECT to_jsonb(t) AS row FROM ${table} t WHERE id = $1`,
    [id],
  );
  if (found === undefined) throw new Error(`the row ${id} of ${table} is gone`);
  return found.row;
}
