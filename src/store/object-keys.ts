import {
  type ContentHash,
  contentHashSchema,
  hexOf,
  type RegistryId,
  registryIdSchema,
  type TenantId,
  tenantIdSchema,
} from '../core/ids.js';

/** Names one stored bundle: whose it is, of which extension, with which content. */
export interface BundleAddress {
  readonly tenantId: TenantId;
  readonly registryId: RegistryId;
  readonly contentHash: ContentHash;
}

/** Whose bundles: one extension of one tenant. */
export type Owner = Pick<BundleAddress, 'tenantId' | 'registryId'>;

const FILE = 'bundle.tar.zst';

/** Key under which the runner looks for a tenant's bundle. The only place that builds it. */
export function bundleKey(address: BundleAddress): string {
  return `${extensionPrefix(address)}${hexOf(address.contentHash)}/${FILE}`;
}

/** What all bundle keys of one extension of one tenant begin with; ends in a slash. */
export function extensionPrefix(owner: Owner): string {
  return `tenants/${owner.tenantId}/extensions/${owner.registryId}/sha256/`;
}

/** Key of the layout without tenants, which the product's key policy allows and other tools may read. */
export function canonicalKey(contentHash: ContentHash): string {
  return `sha256/${hexOf(contentHash)}/${FILE}`;
}

const BUNDLE_KEY = /^tenants\/([^/]+)\/extensions\/([^/]+)\/sha256\/([^/]+)\/bundle\.tar\.zst$/;
const CANONICAL_KEY = /^sha256\/([^/]+)\/bundle\.tar\.zst$/;

/** The address in a key, or undefined for any key that {@link bundleKey} would not build. */
export function parseBundleKey(key: string): BundleAddress | undefined {
  const [, tenant, registry, hex] = BUNDLE_KEY.exec(key) ?? [];
  const tenantId = tenantIdSchema.safeParse(tenant);
  const registryId = registryIdSchema.safeParse(registry);
  const contentHash = contentHashSchema.safeParse(`sha256:${hex}`);
  if (!tenantId.success || !registryId.success || !contentHash.success) return undefined;
  const address = { tenantId: tenantId.data, registryId: registryId.data, contentHash: contentHash.data };
  return bundleKey(address) === key ? address : undefined;
}

/** The hash in a canonical key, or undefined for any key that {@link canonicalKey} would not build. */
export function parseCanonicalKey(key: string): ContentHash | undefined {
  const [, hex] = CANONICAL_KEY.exec(key) ?? [];
  const parsed = contentHashSchema.safeParse(`sha256:${hex}`);
  return parsed.success ? parsed.data : undefined;
}
