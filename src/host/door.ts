import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { ContentHash, InstallId, RegistryId, TenantId, VersionId } from '../core/ids.js';
import type { Service } from '../core/service.js';
import type { Registry } from '../registry/index.js';
import type { PageCommand, PageMessage } from './wire/messages.js';
import type { CspViolation, GuestLog, RequestRecord } from './wire/records.js';

/** What the host reports while it runs. Listeners must not throw. */
export interface HostEvents {
  /** A gateway request was answered. */
  onRequest(record: RequestRecord): void;
  onGuestLog(log: GuestLog): void;
  /** The policy of an iframe blocked something; the product would block it too. */
  onCspViolation(violation: CspViolation): void;
  /** A button on a page was pressed. */
  onCommand(command: PageCommand): void;
}

/** Secrets of one session; new for every start. */
export interface HostTokens {
  /** `x-api-key` of the runner's calls to the resolution endpoints. */
  readonly authKey: string;
  /** `x-runner-auth` of the runner's calls on behalf of guests and of its debug events. */
  readonly serviceToken: string;
  /** Proves that a request comes from a page of this host. */
  readonly session: string;
}

/** A bundle file that somebody wants to publish. */
export interface BundleUpload {
  readonly bytes: Uint8Array;
  /** Taken in place of the manifest in the bundle. */
  readonly manifestText?: string;
  /** Content of a detached signature file. */
  readonly signature: Uint8Array | undefined;
  /** Throws when that extension may not be published from a file now. Called before anything is written. */
  readonly admit: (registryId: RegistryId) => void;
}

/** What was published of a bundle file. */
export interface PublishedBundle {
  readonly registryId: RegistryId;
  readonly publisher: string;
  readonly name: string;
  readonly versionId: VersionId;
  /** The concrete version. */
  readonly version: string;
  /** Where the object store has it. */
  readonly key: string;
}

/** Every rule that a bundle's manifest breaks; such a bundle is not published. */
export interface RefusedManifest {
  readonly issues: readonly { readonly path: string; readonly message: string }[];
}

/** Publishes a bundle file for a tenant: checks, stores and registers it. Nothing is installed by it. */
export interface BundleInstaller {
  /**
   * Throws coded errors for what else the product would refuse: damaged, known version; and where
   * signers are named, for a signature that none of them made.
   */
  publish(tenantId: TenantId, upload: BundleUpload): Promise<PublishedBundle | RefusedManifest>;
}

export interface HostOptions {
  readonly registry: Registry;
  /** Base URL of the runner without a trailing slash; asked anew for every call, because a restart may move it. */
  readonly runnerUrl: () => string;
  readonly tokens: HostTokens;
  /** Port to try first, default 3000; the next free one is taken when it is occupied. 0 takes any. */
  readonly preferredPort?: number;
  /**
   * Address beyond loopback to be reached at as well, `0.0.0.0` or `::` for all of the machine's. From
   * there everything needs the session's token.
   */
  readonly address?: string;
  readonly events: HostEvents;
  /** Told when the runner could not give a page or a file of a UI. */
  readonly onFrameFailure?: (failure: { readonly path: string; readonly status: number }) => void;
  /** Lets the settings page install bundle files; without it the page does not offer it. */
  readonly installer?: BundleInstaller;
  /** False turns the product's gateway rate limit (60 at once, 1 per second) off. Default true. */
  readonly rateLimit?: boolean;
  /** Gateway time limit in milliseconds. Default 30 000, as in the product. */
  readonly gatewayTimeoutMs?: number;
  /** Debug events a follower is given first; at most 2000, none for 0 and less. Default 200. */
  readonly debugTail?: number;
}

/** An extension this session works on. */
export interface HostExtension {
  readonly registryId: RegistryId;
  /** `publisher/name`. */
  readonly extension: string;
  readonly displayName: string;
  /** Text of its menu entry. */
  readonly label: string;
  readonly tenantId: TenantId;
  readonly hasUi: boolean;
  /** Absolute path of the project; errors and open-in-editor links are relative to it. */
  readonly projectRoot: string;
}

/** The bundle to serve for an extension. */
export interface ServedBundle {
  readonly contentHash: ContentHash;
  readonly version: string;
  readonly installId: InstallId;
  readonly versionId: VersionId;
}

/** Answers a request or passes it on: the form of Vite's middleware. */
export type UiHandler = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

/** The local Alga app: gateway, internal APIs, pages and live channel on one port. */
export interface Host extends Service {
  /** `http://localhost:<port>`, without a trailing slash. Known after `start()`. */
  readonly origin: string;
  /** Names beyond loopback under which it is reached, without ports; empty unless an address was given. */
  readonly wideNames: readonly string[];
  /** Addresses to open beyond loopback; they carry the session's token. */
  readonly wideUrls: readonly string[];
  /** The server behind all of it, for a live-reload socket that shares the port. */
  readonly httpServer: Server;
  /** Shows an extension on the pages, or replaces what is shown for the same registry id. */
  addExtension(extension: HostExtension): void;
  removeExtension(registryId: RegistryId): void;
  /** Serves the live UI of an extension under `/runner/ext-ui/<registryId>/live/`; undefined takes it away. */
  mountUi(registryId: RegistryId, handler: UiHandler | undefined): void;
  /**
   * Lets gateway requests of an extension wait (30 s at most) until the returned function is called,
   * so that no request is answered by a handler that is about to be replaced. Holds add up.
   */
  holdRequests(registryId: RegistryId): () => void;
  /** Resolves when every gateway request that was let wait until now has its answer. */
  heldRequestsAnswered(registryId: RegistryId): Promise<void>;
  /**
   * Lets a component that the runner has at hand answer for an extension in place of the published
   * bundle's, from the next request on; undefined ends that.
   */
  setLiveComponent(registryId: RegistryId, key: string | undefined): void;
  /** Switches pages to another published bundle and tells them. */
  setServed(registryId: RegistryId, bundle: ServedBundle): void;
  /** Tells the pages of one extension, or all pages. */
  tell(registryId: RegistryId | undefined, message: PageMessage): void;
  /** The latest gateway requests, newest first. */
  recentRequests(): readonly RequestRecord[];
}
