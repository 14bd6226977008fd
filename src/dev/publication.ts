import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ContentHash, hexOf, type RegistryId } from '../core/ids.js';
import type { Project } from '../project/types.js';
import type { PublishedRows } from '../registry/index.js';
import type { BundleAddress } from '../store/index.js';
import { type Artifacts, requireSomething } from './artifacts.js';
import type { Emit } from './event-stream.js';
import type { BundlePacker } from './packing/bundle-packer.js';
import type { ArchiveTaker, PackedBundle } from './packing/pack-job.js';
import type { Platform } from './platform.js';
import { proveServed } from './proof.js';
import { runStep, throwIfSuperseded } from './step.js';
import { warmRunner } from './warm-up.js';

/** Both come from one build, so this is a fault of ours; answers given since the save may have been wrong. */
const LIVE_DIFFERS = {
  code: 'LIVE_DIFFERS',
  message: 'The handler that answered since the save is not exactly the one that is being published.',
  hint: 'Press r to build and publish anew; please report it with the output of alga doctor --bundle-report.',
};

/** What was published, as the events report it. */
export interface Publication {
  readonly rows: PublishedRows;
  readonly contentHash: ContentHash;
  readonly sizeBytes: number;
  /** ETag the runner must answer for the published page; absent without a UI. */
  readonly pageEtag: string | undefined;
}

export interface PublishContext {
  readonly platform: Platform;
  readonly emit: Emit;
  readonly extension: string;
  readonly signal: AbortSignal;
  /** Registry id under which the object is stored: the database's own when it knows the extension. */
  readonly registryId: RegistryId;
  /** Hash that is published now; packing the same content again publishes nothing. */
  readonly published: ContentHash | undefined;
  /** Key of the handler that answers while its bundle is being published. */
  readonly liveKey: string | undefined;
}

interface Stored {
  readonly url: string;
  readonly state: string;
}

/** A bundle, and the source map of its component as JSON text. */
export type MappedBundle = PackedBundle & { readonly sourceMap: string | undefined };

/** Packs artifacts into a bundle; the `taker`, if any, has its archive meanwhile. */
export async function packArtifacts(
  context: Pick<PublishContext, 'emit' | 'extension' | 'signal'>,
  packer: Pick<BundlePacker, 'pack'>,
  project: Project,
  artifacts: Artifacts,
  taker?: ArchiveTaker,
): Promise<MappedBundle> {
  requireSomething(project, artifacts);
  const { handler, uiDir, sourceMap } = artifacts;
  return runStep(
    context,
    'pack',
    async () => ({
      ...(await packer.pack({ manifestText: project.manifestText, handler, uiDir }, taker)),
      sourceMap,
    }),
    (result) => `${(result.bytes.length / 1_000_000).toFixed(1)} MB`,
  );
}

/**
 * Takes a bundle the rest of the way: upload, check, warm, rows, switch, prove. Gives `undefined` when
 * its content is what is already published.
 *
 * The runner is warmed before the rows are written, so that a bundle which the runner cannot serve
 * never becomes the active one. From the first row on a newer edit no longer interrupts: rows, host
 * and proof belong together.
 */
export async function publish(
  context: PublishContext,
  project: Project,
  bundle: MappedBundle,
): Promise<Publication | undefined> {
  const { platform, signal } = context;
  const { bytes, contentHash, pageEtag } = bundle;
  if (contentHash === context.published) return undefined;
  const address: BundleAddress = {
    tenantId: platform.tenant.tenantId,
    registryId: context.registryId,
    contentHash,
  };
  const stored = await placeBundle(context, address, bundle);
  throwIfSuperseded(signal);
  const sizeBytes = bytes.length;
  const rows = await writeRows(context, project, { contentHash, sizeBytes, storageUrl: stored.url });
  const publication = { rows, contentHash, sizeBytes, pageEtag };
  await goLive(context, publication);
  return publication;
}

/**
 * Uploads a bundle and has the runner ready for it. The runner fetches the session's first bundle from the store,
 * which shows that it can; later ones are handed over to it and unpacked while they are being uploaded.
 */
async function placeBundle(
  context: PublishContext,
  address: BundleAddress,
  { archive, bytes, sourceMap }: MappedBundle,
): Promise<Stored> {
  const { platform, published } = context;
  const upload = (): Promise<Stored> =>
    runStep(
      context,
      'upload',
      () => storeForAll(context, address, bytes),
      (result) => result.state,
    );
  const warm = (): Promise<void> =>
    runStep(context, 'warm', async () => {
      const same = await warmRunner(platform, address, { liveKey: context.liveKey, archive });
      if (!same) context.emit({ type: 'warning', extension: context.extension, ...LIVE_DIFFERS });
    });
  await keepSourceMap(platform, address.contentHash, sourceMap);
  const handedOver = published && (await handOver(platform, address.contentHash, bytes));
  if (!handedOver) {
    const stored = await upload();
    await warm();
    return stored;
  }
  // The runner is asked before the megabytes are hashed for the store, which this thread can do nothing beside.
  const [stored, warmed] = await Promise.allSettled([upload(), warm()]);
  await rm(handedOver, { force: true });
  if (stored.status === 'rejected') throw stored.reason;
  if (warmed.status === 'rejected') throw warmed.reason;
  return stored.value;
}

/** Leaves a bundle where the runner looks before it asks the store; gives the file, or nothing when there is no room. */
async function handOver(platform: Platform, hash: ContentHash, bytes: Buffer): Promise<string | undefined> {
  const file = join(platform.liveComponentDir, `${hexOf(hash)}.tar.zst`);
  try {
    await mkdir(platform.liveComponentDir, { recursive: true });
    await writeFile(file, bytes);
    return file;
  } catch {
    await rm(file, { force: true });
    return undefined;
  }
}

/**
 * Stores the bundle for the session's tenant and for every other tenant that has the extension
 * installed: they share the version and thus its active bundle, but each reads its own key.
 */
async function storeForAll(
  { platform, registryId, signal }: PublishContext,
  address: BundleAddress,
  bytes: Buffer,
): Promise<Stored> {
  const others = (await platform.registry.tenantsWith(registryId)).filter((id) => id !== address.tenantId);
  const [stored] = await Promise.all([
    platform.store.put(address, bytes, signal),
    ...others.map((tenantId) => platform.store.put({ ...address, tenantId }, bytes, signal)),
  ]);
  return stored;
}

/** Leaves the source map where the runner finds it when it has to explain a stack of this bundle. */
async function keepSourceMap(platform: Platform, hash: ContentHash, map: string | undefined): Promise<void> {
  if (map === undefined) return;
  await mkdir(platform.sourceMapDir, { recursive: true });
  await writeFile(join(platform.sourceMapDir, `${hexOf(hash)}.map`), map);
}

function writeRows(
  context: PublishContext,
  project: Project,
  bundle: { contentHash: ContentHash; sizeBytes: number; storageUrl: string },
): Promise<PublishedRows> {
  const { platform } = context;
  return runStep({ emit: context.emit, extension: context.extension }, 'register', () =>
    platform.registry.publish({
      tenantId: platform.tenant.tenantId,
      manifest: project.manifest,
      identity: project.identity,
      ...bundle,
    }),
  );
}

/** Switches the host to a registered bundle and proves through the real doors that it is served. */
export async function goLive(
  context: Pick<PublishContext, 'platform' | 'emit' | 'extension'>,
  publication: Pick<Publication, 'rows' | 'contentHash' | 'pageEtag'>,
): Promise<void> {
  const { platform, emit, extension } = context;
  const { rows, contentHash } = publication;
  await runStep({ emit, extension }, 'switch', async () =>
    platform.host.setServed(rows.registryId, {
      contentHash,
      version: rows.version,
      versionId: rows.versionId,
      installId: rows.installId,
    }),
  );
  await runStep({ emit, extension }, 'prove', () =>
    proveServed(platform, {
      registryId: rows.registryId,
      contentHash,
      pageEtag: publication.pageEtag,
    }),
  );
}
