import { z } from 'zod';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * UUID of versions 1 to 5, lower case: the only form the product's gateway takes for an id
 * (it reads any other UUID as a slug).
 */
const uuid = z
  .string()
  .transform((text) => text.toLowerCase())
  .refine((text) => UUID.test(text), 'must be a UUID of version 1 to 5');

export const tenantIdSchema = uuid.brand<'TenantId'>();
export const registryIdSchema = uuid.brand<'RegistryId'>();
export const versionIdSchema = uuid.brand<'VersionId'>();
export const bundleIdSchema = uuid.brand<'BundleId'>();
export const installIdSchema = uuid.brand<'InstallId'>();

/** `sha256:` and 64 lower-case hex digits of the compressed bundle file. */
export const contentHashSchema = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 lower-case hex digits')
  .brand<'ContentHash'>();

export type TenantId = z.infer<typeof tenantIdSchema>;
export type RegistryId = z.infer<typeof registryIdSchema>;
export type VersionId = z.infer<typeof versionIdSchema>;
export type BundleId = z.infer<typeof bundleIdSchema>;
export type InstallId = z.infer<typeof installIdSchema>;
export type ContentHash = z.infer<typeof contentHashSchema>;

/** The bare hex digits of a content hash, as object keys use them. */
export function hexOf(hash: ContentHash): string {
  return hash.slice('sha256:'.length);
}

/** A content hash from the bare hex digits of a SHA-256. */
export function contentHashOfHex(hex: string): ContentHash {
  return contentHashSchema.parse(`sha256:${hex}`);
}
