import { createHash } from 'node:crypto';
import { registryIdSchema, versionIdSchema } from '../core/ids.js';
import type { ExtensionIdentity, Manifest } from './types.js';

/** The namespace in which the product's install script makes its ids. */
const NAMESPACE = Buffer.from('6ba7b8109dad11d180b400c04fd430c8', 'hex');

/** What the product's install script writes as publisher when the manifest names none. */
export const FALLBACK_PUBLISHER = 'local-dev';

/**
 * Deterministic id of a row: UUID version 5 (SHA-1) of a name string in the product's namespace.
 * Names: `publisher/name` (registry), `…/version` (version), `…/version/sha256:<hex>` (bundle),
 * `tenant/publisher/name` (install).
 */
export function uuidV5(name: string): string {
  const digest = createHash('sha1').update(NAMESPACE).update(name, 'utf8').digest().subarray(0, 16);
  digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x50, 6);
  digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = digest.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/**
 * The names and proposed ids of an extension. For a wildcard version `X.Y.*` the registry resolves
 * the version first and derives the version id anew.
 */
export function identityOf(manifest: Manifest): ExtensionIdentity {
  const publisher = manifest.publisher ?? FALLBACK_PUBLISHER;
  const { name, version } = manifest;
  return {
    publisher,
    name,
    version,
    registryId: registryIdSchema.parse(uuidV5(`${publisher}/${name}`)),
    versionId: versionIdSchema.parse(uuidV5(`${publisher}/${name}/${version}`)),
  };
}
