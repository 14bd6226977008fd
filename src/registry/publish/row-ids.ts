import {
  type BundleId,
  bundleIdSchema,
  type ContentHash,
  type InstallId,
  installIdSchema,
  type RegistryId,
  registryIdSchema,
  type TenantId,
  type VersionId,
  versionIdSchema,
} from '../../core/ids.js';
import { uuidV5 } from '../../project/identity.js';

/** What an extension is called; its publisher and name as they stand in the registry. */
export interface ExtensionName {
  readonly publisher: string;
  readonly name: string;
}

/**
 * Proposed ids of the rows of an extension, made as the product's install script makes them. A row
 * that exists under another id keeps it: only the id that the database gives back is ever used.
 */
export function proposedIds(extension: ExtensionName): {
  registry: RegistryId;
  version: (version: string) => VersionId;
  bundle: (version: string, contentHash: ContentHash) => BundleId;
  install: (tenantId: TenantId) => InstallId;
} {
  const base = `${extension.publisher}/${extension.name}`;
  return {
    registry: registryIdSchema.parse(uuidV5(base)),
    version: (version) => versionIdSchema.parse(uuidV5(`${base}/${version}`)),
    bundle: (version, contentHash) => bundleIdSchema.parse(uuidV5(`${base}/${version}/${contentHash}`)),
    install: (tenantId) => installIdSchema.parse(uuidV5(`${tenantId}/${base}`)),
  };
}
