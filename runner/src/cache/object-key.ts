/** Who asks for a bundle: part of the key its object is stored under. */
export interface BundleSource {
  readonly tenantId: string;
  readonly extensionId: string;
  /** Name of the archive in the live folder that the bundle was made from, where a dev server says so. */
  readonly archive?: string;
}

const HASH = /^[0-9a-f]{64}$/;

/** A hash as a caller writes it (any case, with or without `sha256:`) as bare hex, if it is one. */
export function hexOfHash(text: string): string | undefined {
  const lower = text.trim().toLowerCase();
  const hex = lower.startsWith('sha256:') ? lower.slice('sha256:'.length) : lower;
  return HASH.test(hex) ? hex : undefined;
}

// Slashes, dots alone and control characters would make one id name another id's objects.
const UNSAFE_ID = /[/\\?#\p{Cc}]|^\.{1,2}$/u;

/** Whether an id may stand as one segment of an object key. An empty one may (see `tenantKey`). */
export function isSafeId(id: string): boolean {
  return id.length <= 256 && !UNSAFE_ID.test(id);
}

/**
 * Key of a tenant's bundle. The tenant is empty when pages are served without knowing it, in which
 * case the store decides whether there is such an object.
 */
export function tenantKey(source: BundleSource, hex: string): string {
  return `tenants/${source.tenantId}/extensions/${source.extensionId}/sha256/${hex}/bundle.tar.zst`;
}

/** Key of a bundle in the layout shared by all tenants. */
export function canonicalKey(hex: string): string {
  return `sha256/${hex}/bundle.tar.zst`;
}
