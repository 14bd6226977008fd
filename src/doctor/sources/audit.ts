import { type BundleEntry, readBundle } from '../../bundle/index.js';
import { contentHashOf } from '../../core/content-hash.js';
import { textOf } from '../../core/errors/alga-error.js';
import { type BundleAddress, bundleKey, canonicalKey } from '../../store/index.js';
import type { Objects } from './objects.js';
import type { BundleRow } from './rows.js';

/** What is wrong with bytes that should be a bundle; `other`: a good bundle, but another one. */
export type ByteFault = 'truncated' | 'not-zstd' | 'not-tar' | 'other';

/**
 * How the places that name or hold the active bundle compare. Exactly one verdict: the first place
 * that disagrees, so that one fault gives one finding.
 */
export type Verdict =
  | { readonly kind: 'agree'; readonly entries: readonly BundleEntry[] }
  | { readonly kind: 'no-row' }
  | { readonly kind: 'hash-form'; readonly row: BundleRow }
  /** The row names a hash of which there is no object, while another one is served or stored. */
  | {
      readonly kind: 'row-hash';
      readonly row: BundleRow;
      readonly good: string;
      readonly by: 'host' | 'store';
    }
  /** The row and its object are fine, but the host serves another bundle. */
  | {
      readonly kind: 'host-hash';
      readonly row: BundleRow;
      readonly served: string;
      readonly servedStored: boolean;
    }
  | { readonly kind: 'object-missing'; readonly key: string }
  | { readonly kind: 'wrong-layout'; readonly key: string; readonly found: string }
  | { readonly kind: 'wrong-owner'; readonly key: string; readonly found: string }
  | {
      readonly kind: 'object-bytes';
      readonly key: string;
      readonly fault: ByteFault;
      readonly size: number;
      readonly detail: string;
    };

export interface AuditInput {
  readonly owner: Pick<BundleAddress, 'tenantId' | 'registryId'>;
  /** Bundle rows of the installed version, the active one first. */
  readonly bundles: readonly BundleRow[];
  readonly objects: Pick<Objects, 'sizes' | 'read'>;
  /** Hash that the host says it serves, when a session runs. */
  readonly served: string | undefined;
}

const HASH = /^sha256:[0-9a-f]{64}$/;

/** Compares rows, objects and host, and names the one that disagrees. */
export async function auditBundle(input: AuditInput): Promise<Verdict> {
  const [row] = input.bundles;
  if (row === undefined) return { kind: 'no-row' };
  if (!HASH.test(row.content_hash)) return { kind: 'hash-form', row };
  const key = keyOf(input, row.content_hash);
  const { served } = input;
  if (!input.objects.sizes.has(key)) return whereIsIt(input, row, key);
  const bytes = await judgeBytes(input, row, key);
  if (bytes.kind === 'agree' && served !== undefined && served !== row.content_hash) {
    const servedStored = HASH.test(served) && input.objects.sizes.has(keyOf(input, served));
    return { kind: 'host-hash', row, served, servedStored };
  }
  return bytes;
}

/** Key under which the runner looks for a hash of this extension. */
export function keyOf({ owner }: Pick<AuditInput, 'owner'>, hash: string): string {
  return bundleKey({ ...owner, contentHash: hash as BundleAddress['contentHash'] });
}

function whereIsIt(input: AuditInput, row: BundleRow, key: string): Verdict {
  const { objects, served, owner } = input;
  const hash = row.content_hash;
  const canonical = canonicalKey(hash as BundleAddress['contentHash']);
  if (objects.sizes.has(canonical)) return { kind: 'wrong-layout', key, found: canonical };
  const hex = hash.slice('sha256:'.length);
  const elsewhere = [...objects.sizes.keys()].find((other) => other.endsWith(`/${hex}/bundle.tar.zst`));
  if (elsewhere !== undefined) return { kind: 'wrong-owner', key, found: elsewhere };
  if (served !== undefined && served !== hash && objects.sizes.has(keyOf(input, served))) {
    return { kind: 'row-hash', row, good: served, by: 'host' };
  }
  const stored = served === undefined ? onlyStored(objects.sizes, owner) : undefined;
  if (stored !== undefined) return { kind: 'row-hash', row, good: stored, by: 'store' };
  return { kind: 'object-missing', key };
}

/** The hash of the only bundle that is stored for an extension: then there is no doubt which is meant. */
function onlyStored(sizes: Objects['sizes'], owner: AuditInput['owner']): string | undefined {
  const prefix = `tenants/${owner.tenantId}/extensions/${owner.registryId}/sha256/`;
  const hashes = [...sizes.keys()].flatMap((key) => {
    const hex = key.startsWith(prefix) ? key.slice(prefix.length).replace('/bundle.tar.zst', '') : '';
    return /^[0-9a-f]{64}$/.test(hex) ? [`sha256:${hex}`] : [];
  });
  return hashes.length === 1 ? hashes[0] : undefined;
}

async function judgeBytes(input: AuditInput, row: BundleRow, key: string): Promise<Verdict> {
  const bytes = await input.objects.read(key);
  if (bytes === undefined) return { kind: 'object-missing', key };
  const right = contentHashOf(bytes) === row.content_hash;
  const wrong = (fault: ByteFault, detail: string): Verdict => ({
    ...{ kind: 'object-bytes', key, fault, detail },
    size: bytes.length,
  });
  const shorter = !right && row.size_bytes !== null && bytes.length < row.size_bytes;
  if (bytes.length === 0) return wrong('truncated', 'it is empty');
  if (bytes.readUInt32LE(0) !== 0xfd2fb528) return wrong('not-zstd', 'it does not begin like zstd');
  try {
    const entries = await readBundle(bytes);
    return right ? { kind: 'agree', entries } : wrong('other', `its hash is ${contentHashOf(bytes)}`);
  } catch (error) {
    const detail = textOf(error);
    if (shorter) return wrong('truncated', `${bytes.length} of ${row.size_bytes} bytes`);
    return wrong(detail.includes('zstd:') ? 'not-zstd' : 'not-tar', detail);
  }
}
