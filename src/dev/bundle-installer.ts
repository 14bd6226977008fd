import { type BundleEntry, readBundle } from '../bundle/index.js';
import { contentHashOf } from '../core/content-hash.js';
import { algaError } from '../core/errors/alga-error.js';
import type { RegistryId, TenantId } from '../core/ids.js';
import type { BundleInstaller, BundleUpload, PublishedBundle, RefusedManifest } from '../host/index.js';
import {
  checkManifest,
  type ExtensionIdentity,
  identityOf,
  type Manifest,
  type ManifestProblem,
} from '../project/index.js';
import type { Registry } from '../registry/index.js';
import type { BundleStore } from '../store/index.js';
import { requireTrusted } from './bundle-signature.js';
import { type RunnerDoor, warmRunner } from './warm-up.js';

const MANIFEST_NAME = 'manifest.json';

export interface InstallerParts {
  readonly registry: Registry;
  readonly store: BundleStore;
  /** The runner, once it is there. */
  readonly runner: () => RunnerDoor | undefined;
  /** Named signers, as `SIGNING_TRUST_BUNDLE` has them. */
  readonly trustBundle: string | undefined;
}

/**
 * Publishes finished bundle files, as the product's upload does: whatever is wrong with the file is
 * found before anything is stored, and a bundle that the runner cannot serve gets no rows.
 */
export function createBundleInstaller(parts: InstallerParts): BundleInstaller {
  return { publish: (tenantId, upload) => publish(parts, tenantId, upload) };
}

async function publish(
  parts: InstallerParts,
  tenantId: TenantId,
  upload: BundleUpload,
): Promise<PublishedBundle | RefusedManifest> {
  const { registry, store } = parts;
  const { bytes } = upload;
  const check = checkManifest(manifestOf(await readBundle(bytes), upload.manifestText), MANIFEST_NAME);
  if (!check.ok) return refusedManifest(check.problems);
  const { manifest } = check;
  await requireTrusted(bytes, upload.signature, parts.trustBundle);
  const identity = await knownIdentity(registry, manifest);
  upload.admit(identity.registryId);
  await requireFreeVersion(registry, identity);
  const contentHash = contentHashOf(bytes);
  const address = { tenantId, registryId: identity.registryId, contentHash };
  const { key, url } = await store.put(address, bytes);
  const runner = parts.runner();
  if (runner) await warmRunner({ runner }, address);
  const released = await registry.publishRelease({
    manifest,
    identity,
    contentHash,
    sizeBytes: bytes.length,
    storageUrl: url,
  });
  const { registryId, versionId, version } = released;
  const { publisher, name } = identity;
  return { registryId, publisher, name, versionId, version, key };
}

function manifestOf(entries: readonly BundleEntry[], given: string | undefined): string {
  const entry = entries.find(({ name }) => name === MANIFEST_NAME);
  if (!entry && given === undefined) throw algaError('SESSION_BUNDLE_NO_MANIFEST', {});
  return given ?? Buffer.from(entry?.content ?? []).toString('utf8');
}

function refusedManifest(problems: readonly ManifestProblem[]): RefusedManifest {
  return { issues: problems.map(({ pointer, problem }) => ({ path: pathOf(pointer), message: problem })) };
}

/** A JSON pointer in the product's spelling: `api.endpoints[0].path`, `$` for the whole. */
function pathOf(pointer: string): string {
  const path = pointer.replace(/\/(\d+)(?=\/|$)/g, '[$1]').replace(/\//g, '.');
  return path === '' ? '$' : path.replace(/^\./, '');
}

/** The identity with the registry id that the database has for the extension, when it has one. */
async function knownIdentity(registry: Registry, manifest: Manifest): Promise<ExtensionIdentity> {
  const identity = identityOf(manifest);
  const registryId: RegistryId | undefined = await registry.findRegistryId(identity);
  return { ...identity, registryId: registryId ?? identity.registryId };
}

/** Found early, so that nothing is uploaded for nothing. The publishing transaction has the last word. */
async function requireFreeVersion(registry: Registry, identity: ExtensionIdentity): Promise<void> {
  const { registryId, publisher, name, version } = identity;
  const known = await registry.versions(registryId);
  if (!known.some((other) => other.version === version)) return;
  throw algaError('REGISTRY_VERSION_EXISTS', { extension: `${publisher}/${name}`, version });
}
