import { z } from 'zod';
import {
  bundleIdSchema,
  contentHashSchema,
  installIdSchema,
  registryIdSchema,
  tenantIdSchema,
  versionIdSchema,
} from '../../core/ids.js';
import type { ManifestEndpoint } from '../../project/types.js';
import { effectiveProviders } from '../capabilities.js';
import { integer, json, textArray, timestamp } from '../database/columns.js';

const endpointSchema = z.object({
  method: z.string().min(1),
  path: z.string().min(1),
  handler: z.string().min(1),
});

/** Entries without method, path or handler are skipped, as the gateway does. */
const endpoints = z
  .array(z.unknown())
  .catch([])
  .transform((items): ManifestEndpoint[] =>
    items.flatMap((item) => {
      const parsed = endpointSchema.safeParse(item);
      return parsed.success ? [parsed.data] : [];
    }),
  );

const hook = z.object({ label: z.string() }).optional().catch(undefined);
const ui = z
  .object({
    type: z.string().optional(),
    entry: z.string().optional(),
    hooks: z.object({ appMenu: hook, clientPortalMenu: hook }).catch({}).default({}),
  })
  .nullable()
  .catch(null);

const configValues = z.record(z.string(), json).catch({});

/** UUID as the product's gateway recognises one; any other text is read as a slug. */
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** What every reader of an install asks for. */
export const callableColumns = {
  install_id: installIdSchema,
  tenant_id: tenantIdSchema,
  registry_id: registryIdSchema,
  version_id: versionIdSchema,
  publisher: z.string(),
  name: z.string(),
  api_endpoints: endpoints,
  ui,
  content_hash: z.string().nullable(),
};

/** {@link callableColumns}, put into the words of the rest of the product. */
export function callableOf(row: z.infer<z.ZodObject<typeof callableColumns>>) {
  return {
    installId: row.install_id,
    tenantId: row.tenant_id,
    registryId: row.registry_id,
    versionId: row.version_id,
    publisher: row.publisher,
    name: row.name,
    endpoints: row.api_endpoints,
    ui: row.ui,
    /** Hash of the bundle that is served; null without a bundle, or with a hash no runner would take. */
    contentHash: contentHashSchema.safeParse(row.content_hash).data ?? null,
  };
}

/** A row of {@link INSTALL_QUERY}. */
export const installRow = z.object({
  ...callableColumns,
  display_name: z.string().nullable(),
  description: z.string().nullable(),
  version: z.string(),
  is_enabled: z.boolean(),
  status: z.string(),
  runner_domain: z.string().nullable(),
  runner_status: json,
  capabilities: textArray,
  granted_caps: textArray,
  config: configValues,
  config_providers: textArray,
  config_version: z.string().nullable(),
  secrets_version: z.string().nullable(),
  bundle_id: bundleIdSchema.nullable(),
  size_bytes: integer.nullable(),
  bundle_created_at: timestamp.nullable(),
  created_at: timestamp.nullable(),
  updated_at: timestamp,
});

/** An install with its version, its configuration and the bundle that is served for it. */
export type Install = ReturnType<typeof installOf>;

/** One row of {@link INSTALL_QUERY}, put into the words of the rest of the product. */
export const installOf = (row: z.infer<typeof installRow>) => ({
  ...callableOf(row),
  /** Original case; compared without case. */
  slug: `${row.publisher}.${row.name}`,
  displayName: row.display_name ?? row.name,
  description: row.description ?? '',
  version: row.version,
  isEnabled: row.is_enabled,
  status: row.status,
  runnerDomain: row.runner_domain,
  runnerStatus: row.runner_status,
  /** What the version declares. */
  capabilities: row.capabilities,
  grantedCapabilities: row.granted_caps,
  /** What its calls are allowed: declared, granted, configured and the ones everyone has. */
  providers: effectiveProviders(row.config_providers, row.granted_caps, row.capabilities),
  /** Configuration as stored; {@link configForGuest} gives the text values a guest sees. */
  config: row.config,
  configVersion: row.config_version,
  secretsVersion: row.secrets_version,
  bundleId: row.bundle_id,
  sizeBytes: row.size_bytes,
  publishedAt: row.bundle_created_at,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

/** A row of {@link INSTALL_QUERY} as an {@link Install}. */
export const installSchema = installRow.transform(installOf);

/**
 * The newest bundle first by time (rows without a time come first: that is the order every reader of
 * the product uses), then by hash, as its runner-facing readers break ties.
 */
export const ACTIVE_FIRST = 'created_at DESC NULLS FIRST, content_hash DESC';

/** Selects installs; a WHERE clause over `i` (install), `r` (registry) and `v` (version) is appended. */
export const INSTALL_QUERY = `
  SELECT i.id AS install_id, i.tenant_id, i.registry_id, i.version_id, r.publisher, r.name,
         r.display_name, r.description, v.version, i.is_enabled, i.status, i.runner_domain,
         i.runner_status, v.capabilities, i.granted_caps, v.api_endpoints, v.ui,
         coalesce(c.config, i.config) AS config, coalesce(c.providers, '[]'::jsonb) AS config_providers,
         c.version AS config_version, s.version AS secrets_version, b.id AS bundle_id, b.content_hash,
         b.size_bytes, b.created_at AS bundle_created_at, i.created_at, i.updated_at
    FROM tenant_extension_install i
    JOIN extension_registry r ON r.id = i.registry_id
    JOIN extension_version v ON v.id = i.version_id
    LEFT JOIN tenant_extension_install_config c ON c.install_id = i.id
    LEFT JOIN tenant_extension_install_secrets s ON s.install_id = i.id
    LEFT JOIN LATERAL (
      SELECT id, content_hash, size_bytes, created_at FROM extension_bundle
       WHERE version_id = i.version_id ORDER BY ${ACTIVE_FIRST} LIMIT 1) b ON true`;

/** Both switches of an install; most readers ask for both. */
export const BOTH_FLAGS = `i.is_enabled AND i.status = 'enabled'`;

/** The configuration a guest gets: texts only, null as the empty text, other values as their JSON. */
export function configForGuest(config: Install['config']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
}
