import type { HandlerImage } from '../build/handler/index.js';
import { UiProgram } from '../build/ui/index.js';
import { algaError } from '../core/errors/alga-error.js';
import type { ContentHash, RegistryId } from '../core/ids.js';
import type { Project } from '../project/types.js';
import type { PublishedRows } from '../registry/index.js';
import type { Emit } from './event-stream.js';
import type { SessionUrls } from './events.js';
import { LiveHandler, type TemplateComponents } from './live-handler.js';
import { LiveUi } from './live-ui.js';
import { hasKeptBundle } from './packing/kept-bundle.js';
import type { ArchiveTaker } from './packing/pack-job.js';
import type { Platform } from './platform.js';
import { goLive, type Publication, type PublishContext } from './publication.js';
import { UiErrors } from './ui-errors.js';
import { warmLiveArchive, warmRunner } from './warm-up.js';

/** Bundles of a version that stay, so that there is something to go back to. */
const KEPT_BUNDLES = 10;

/**
 * Where one extension stands on the platform: its ids, the hash that is served, the hashes that were
 * served before, its place on the host's pages and its live UI.
 */
export class ExtensionStage {
  readonly extension: string;
  readonly uiErrors = new UiErrors();
  readonly #platform: Promise<Platform>;
  readonly #emit: Emit;
  readonly #templates: TemplateComponents;
  readonly #startedAt = performance.now();
  #opened: Platform | undefined;
  #project: Project;
  #rows: PublishedRows | undefined;
  #published: ContentHash | undefined;
  /** Hashes in the order in which they became the served one, oldest first. */
  #trail: ContentHash[] = [];
  #uiProgram: UiProgram | undefined;
  #liveUi: LiveUi | undefined;
  #liveHandler: LiveHandler | undefined;
  /** When the last save was seen, on the clock of `performance.now()`; kept by the loop. */
  savedAt = performance.now();

  constructor(platform: Promise<Platform>, emit: Emit, project: Project, templates: TemplateComponents) {
    this.#platform = platform;
    this.#templates = templates;
    this.#emit = emit;
    this.#project = project;
    // Where something has to be built first, that needs the processor more.
    if (project.ui && hasKeptBundle(project.root)) this.#uiProgram = new UiProgram(project.root);
    this.extension = `${project.identity.publisher}/${project.identity.name}`;
  }

  /** Id by which pages and gateway know the extension: the database's own, once it has one. */
  registryId(): RegistryId {
    return this.#rows?.registryId ?? this.#project.identity.registryId;
  }

  /** Absolute path of the project. */
  get projectRoot(): string {
    return this.#project.root;
  }

  /** Hash that is served now. */
  served(): ContentHash | undefined {
    return this.#published;
  }

  /** Version of the extension that is served now, as its manifest had it. */
  version(): string | undefined {
    return this.#rows?.version;
  }

  /** Waits for the platform and shows the extension on the host's pages, with its UI served live. */
  async ready(): Promise<void> {
    if (this.#opened) return;
    const platform = await this.#platform;
    this.#project = await withStoredIds(platform, this.#project);
    this.#opened = platform;
    platform.host.addExtension(this.#hostExtension());
    const program = this.#uiProgram;
    this.#uiProgram = undefined;
    this.#liveUi = new LiveUi(platform, this.uiErrors.ofLive(this.#emit), {
      extension: this.extension,
      savedAt: () => this.savedAt,
      program,
    });
    this.#liveHandler = new LiveHandler(platform, () => this.registryId(), this.#templates);
    // Its server starts beside the first publish, which does not need it; `adopt` waits for it.
    void this.#liveUi.show(this.#project, this.registryId());
  }

  /**
   * Lets a new handler answer before it is published, once it is `permitted`. False when it was not, and when
   * it is not possible yet: the first publish of an extension makes the rows that a call needs.
   */
  async showHandler(handler: HandlerImage, permitted: Promise<void>): Promise<boolean> {
    if (this.#rows === undefined || this.#liveHandler === undefined) return false;
    return this.#liveHandler.show(handler, permitted);
  }

  /** The published bundle answers; called when a pass is over and when one goes back. */
  async endLiveHandler(): Promise<void> {
    await this.#liveHandler?.end();
  }

  /**
   * Has the runner unpack the archive of the next bundle while it is being compressed. Not that of the session's
   * first one, which the runner fetches from the store.
   */
  archiveTaker(): ArchiveTaker | undefined {
    const platform = this.#opened;
    if (platform === undefined || this.#published === undefined) return undefined;
    const owner = { tenantId: platform.tenant.tenantId, registryId: this.registryId() };
    return {
      folder: platform.liveComponentDir,
      take: (name) => warmLiveArchive(platform, owner, name),
    };
  }

  /** What a publish of this extension needs to know. Call after {@link ready}. */
  publishContext(signal: AbortSignal, forced: boolean): PublishContext {
    return {
      platform: this.#open(),
      emit: this.#emit,
      extension: this.extension,
      signal,
      registryId: this.registryId(),
      published: forced ? undefined : this.#published,
      liveKey: this.#liveHandler?.shown(),
    };
  }

  /** Takes over what a publish made: remembers it, tells pages, and announces the extension once. */
  async adopt(project: Project, publication: Publication): Promise<void> {
    const first = this.#rows === undefined;
    this.#project = project;
    // Another version has bundles of its own to go back to.
    if (this.#rows?.versionId !== publication.rows.versionId) this.#trail = [];
    this.#rows = publication.rows;
    this.#published = publication.contentHash;
    if (this.#trail.at(-1) !== publication.contentHash) this.#trail.push(publication.contentHash);
    const platform = this.#open();
    platform.host.addExtension(this.#hostExtension());
    await this.#liveHandler?.end();
    await this.#liveUi?.show(project, this.registryId());
    if (project.ui?.build) this.#liveUi?.refresh();
    if (!first) return;
    this.#announce(platform, publication);
    this.#liveUi?.warmUp();
  }

  /** Keeps the newest ten bundles of every version, rows and objects alike. Not beside a publish, whose object has no row yet. */
  async collectGarbage(): Promise<void> {
    const { registry, store, tenant } = this.#open();
    const registryId = this.registryId();
    const keep = await registry.pruneBundles({ registryId, newest: KEPT_BUNDLES });
    await store.collectGarbage({ tenantId: tenant.tenantId, registryId, keep });
  }

  /** Gateway requests of this extension wait until the returned function is called. */
  holdRequests(): () => void {
    return this.#opened?.host.holdRequests(this.registryId()) ?? (() => undefined);
  }

  /** Resolves when the requests that waited until now have their answers. */
  async heldRequestsAnswered(): Promise<void> {
    await this.#opened?.host.heldRequestsAnswered(this.registryId());
  }

  /**
   * Makes the bundle that was served before the current one the served one again.
   * Throws `SESSION_NO_PREVIOUS_VERSION` when there is none.
   */
  async goBack(): Promise<ContentHash> {
    const rows = this.#rows;
    const target = rows && (await this.#previous(this.#open(), rows));
    if (!target) throw algaError('SESSION_NO_PREVIOUS_VERSION', { extension: this.extension });
    return this.use(target);
  }

  /**
   * Makes a bundle that the version has the served one. Throws `SESSION_NO_PREVIOUS_VERSION` before
   * the first publish and `REGISTRY_BUNDLE_UNKNOWN` for a bundle the version does not have.
   */
  async use(contentHash: string): Promise<ContentHash> {
    const platform = this.#open();
    const rows = this.#rows;
    if (!rows) throw algaError('SESSION_NO_PREVIOUS_VERSION', { extension: this.extension });
    const history = await platform.registry.bundleHistory(rows.versionId);
    const target = history.find((bundle) => bundle.contentHash === contentHash)?.contentHash;
    if (!target) throw algaError('REGISTRY_BUNDLE_UNKNOWN', { contentHash });
    const address = {
      tenantId: platform.tenant.tenantId,
      registryId: rows.registryId,
      contentHash: target,
    };
    await warmRunner(platform, address);
    await platform.registry.makeActive({ versionId: rows.versionId, contentHash: target });
    await goLive(
      { platform, emit: this.#emit, extension: this.extension },
      { rows, contentHash: target, pageEtag: undefined },
    );
    await this.#liveHandler?.end();
    const before = this.#trail.lastIndexOf(target);
    this.#trail = before < 0 ? [...this.#trail, target] : this.#trail.slice(0, before + 1);
    this.#published = target;
    return target;
  }

  /** Takes the extension off the pages and stops serving its UI. */
  async close(): Promise<void> {
    await this.#uiProgram?.stop();
    await this.#liveUi?.stop();
    this.#liveUi = undefined;
  }

  /** The hash before the current one: from this session, else from the bundle rows of the version. */
  async #previous(platform: Platform, rows: PublishedRows): Promise<ContentHash | undefined> {
    const fromSession = this.#trail.at(-2);
    if (fromSession) return fromSession;
    const history = await platform.registry.bundleHistory(rows.versionId);
    return history.map((bundle) => bundle.contentHash).find((hash) => hash !== this.#published);
  }

  #announce(platform: Platform, publication: Publication): void {
    const { rows, contentHash } = publication;
    this.#emit({
      type: 'ready',
      extension: this.extension,
      urls: this.#urls(platform),
      tenantId: platform.tenant.tenantId,
      registryId: rows.registryId,
      versionId: rows.versionId,
      installId: rows.installId,
      contentHash,
      version: rows.version,
      ms: Math.round(performance.now() - this.#startedAt),
    });
  }

  #urls(platform: Platform): SessionUrls {
    const { origin } = platform.host;
    const id = this.registryId();
    return {
      page: `${origin}/msp/extensions/${id}`,
      gateway: `${origin}/api/ext/${id}`,
      ui: `${origin}/runner/ext-ui/${id}/live/index.html`,
      runner: platform.runner.url,
    };
  }

  /** URL of the host page, for the `o` key; undefined before the platform is up. */
  pageUrl(): string | undefined {
    return this.#opened && this.#urls(this.#opened).page;
  }

  #hostExtension(): Parameters<Platform['host']['addExtension']>[0] {
    const platform = this.#open();
    const { identity, manifest, ui, root } = this.#project;
    return {
      registryId: this.registryId(),
      extension: this.extension,
      displayName: manifest.displayName ?? identity.name,
      label: manifest.ui?.hooks?.appMenu?.label ?? identity.name,
      tenantId: platform.tenant.tenantId,
      hasUi: ui !== undefined,
      projectRoot: root,
    };
  }

  #open(): Platform {
    if (!this.#opened) throw new Error('the platform is not up yet');
    return this.#opened;
  }
}

/** The project with the registry id that the database has for it, when it has one. */
async function withStoredIds(platform: Platform, project: Project): Promise<Project> {
  const { publisher, name } = project.identity;
  const registryId = await platform.registry.findRegistryId({ publisher, name });
  if (!registryId) return project;
  return { ...project, identity: { ...project.identity, registryId } };
}
