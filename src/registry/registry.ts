import type { ContentHash, InstallId, RegistryId, TenantId, VersionId } from '../core/ids.js';
import { type BusinessRecords, createBusinessRecords } from './business/business-records.js';
import { DatabasePool } from './database/pool.js';
import {
  activeBundle,
  type BundleRecord,
  bundleHistory,
  makeActive,
  pruneBundles,
  tenantsWith,
} from './installs/bundle-history.js';
import { type CallableInstall, findCallable } from './installs/callable-install.js';
import {
  type Execution,
  type ExecutionEnd,
  type ExecutionStart,
  finishExecution,
  recentExecutions,
  startExecution,
} from './installs/execution-log.js';
import { type OpenedExecution, openExecution } from './installs/execution-opening.js';
import { writeConfig } from './installs/install-config.js';
import {
  findInstall,
  findInstallById,
  listInstalls,
  lookupByHost,
  validateServed,
} from './installs/install-lookup.js';
import type { Install } from './installs/install-row.js';
import { setEnabled, setGrantedCapabilities, uninstall } from './installs/lifecycle.js';
import { type MenuItem, type MenuPlace, menuItems } from './installs/menu.js';
import { listTenants, listUsers, type Tenant, type User } from './installs/users.js';
import { findRegistryId } from './publish/extension-rows.js';
import { type PublishedRows, type PublishInput, writePublication } from './publish/publication.js';
import {
  installVersion,
  listVersions,
  type ReleasedRows,
  type ReleaseInput,
  type VersionRecord,
  writeRelease,
} from './publish/release.js';
import type { ExtensionName } from './publish/row-ids.js';
import type { SecretEnvelope, SecretValues } from './secrets/envelope.js';
import { readEnvelope, readSecrets, writeSecrets } from './secrets/install-secrets.js';
import { createHostServices, type HostServices } from './services/host-services.js';

export interface RegistryOptions {
  readonly connectionString: string;
  /**
   * 32-byte key that seals secrets at rest (`loadSealingKey`). Without it they are stored inline, as
   * the product does without a vault: right for a database that the product itself reads.
   */
  readonly sealingKey?: Uint8Array;
  /** Shows the known defects of the product's host services too. */
  readonly quirks?: boolean;
}

/**
 * The extension registry of one database: what is published, installed, configured and recorded.
 * Every method throws coded errors (`REGISTRY_...`); all statements take parameters only.
 */
export interface Registry {
  /** Answers when the database does and has the tables. */
  ping(): Promise<void>;
  tenants(): Promise<Tenant[]>;
  /** People who can act for a tenant, with their rights. */
  users(tenantId: TenantId): Promise<User[]>;

  /** Describes a stored bundle and installs it, in one transaction. Writes nothing when all is right. */
  publish(input: PublishInput): Promise<PublishedRows>;
  /** Id that the database has for an extension. */
  findRegistryId(extension: ExtensionName): Promise<RegistryId | undefined>;
  /** Tenants for which a bundle must be stored before it becomes active: they share its version. */
  tenantsWith(registryId: RegistryId): Promise<TenantId[]>;
  activeBundle(versionId: VersionId): Promise<BundleRecord | undefined>;
  /** Bundles of a version, the active one first. */
  bundleHistory(versionId: VersionId): Promise<BundleRecord[]>;
  /** Goes back (or forward) to a bundle the version has. Throws REGISTRY_BUNDLE_UNKNOWN. */
  makeActive(bundle: { versionId: VersionId; contentHash: ContentHash }): Promise<void>;
  /** Forgets all but the newest bundles of each version; gives the hashes whose objects must stay. */
  pruneBundles(options: { registryId: RegistryId; newest: number }): Promise<ReadonlySet<ContentHash>>;

  /** Publishes a version for good, without installing it. Throws REGISTRY_VERSION_EXISTS. */
  publishRelease(input: ReleaseInput): Promise<ReleasedRows>;
  /** Versions of an extension, newest first. */
  versions(registryId: RegistryId): Promise<VersionRecord[]>;
  /** Installs a published version, or changes the version of an install. Throws REGISTRY_VERSION_UNKNOWN. */
  install(target: {
    tenantId: TenantId;
    registryId: RegistryId;
    version: string;
  }): Promise<{ installId: InstallId; versionId: VersionId }>;

  /** By install id, registry id or slug; only enabled installs unless asked otherwise. */
  findInstall(
    idOrSlug: string,
    tenantId: TenantId,
    options?: { includeDisabled?: boolean },
  ): Promise<Install | undefined>;
  findInstallById(installId: InstallId): Promise<Install | undefined>;
  /** The enabled install a call is judged by; does not depend on its configuration. */
  findCallable(idOrSlug: string, tenantId: TenantId): Promise<CallableInstall | undefined>;
  /** Installs of a tenant, disabled ones too. */
  listExtensions(tenantId: TenantId): Promise<Install[]>;
  menuItems(tenantId: TenantId, place: MenuPlace): Promise<MenuItem[]>;
  lookupByHost(
    host: string,
  ): Promise<{ tenantId: TenantId; extensionId: RegistryId; contentHash: string } | undefined>;
  /** Whether the runner may serve a hash; takes the raw query values. */
  validate(tenant: string, extension: string, hash: string): Promise<boolean>;

  setEnabled(installId: InstallId, enabled: boolean): Promise<void>;
  setGrantedCapabilities(installId: InstallId, capabilities: readonly string[]): Promise<void>;
  uninstall(target: {
    tenantId: TenantId;
    registryId: RegistryId;
  }): Promise<{ removed: boolean; contentHashes: ContentHash[] }>;

  /** Replaces the configuration; gives its new version. */
  writeConfig(
    installId: InstallId,
    config: Readonly<Record<string, string>>,
    providers?: readonly string[],
  ): Promise<string>;
  /** What goes into an execute request. */
  secretEnvelope(installId: InstallId): Promise<SecretEnvelope | undefined>;
  readSecrets(
    installId: InstallId,
  ): Promise<{ values: SecretValues; readable: boolean; version: string | null }>;
  /** Merges: a text sets a secret, null removes it. Gives the new version, null for none left. */
  writeSecrets(
    installId: InstallId,
    changes: Readonly<Record<string, string | null>>,
    options?: { expiresAt?: Date },
  ): Promise<string | null>;

  startExecution(start: ExecutionStart): Promise<string>;
  /** The same together with what the execution needs, in one go. */
  openExecution(start: ExecutionStart): Promise<OpenedExecution>;
  finishExecution(id: string, end: ExecutionEnd): Promise<void>;
  recentExecutions(of: { tenantId: TenantId; registryId: RegistryId; limit: number }): Promise<Execution[]>;

  /** What extensions call through the runner: storage, scheduler, invoicing, clients, services. */
  readonly services: HostServices;

  /** The tenant's clients and services, for the author to change. */
  readonly business: BusinessRecords;

  /** Ends all connections; may be called again. */
  close(): Promise<void>;
}

/**
 * Opens the registry of a database; nothing is sent before the first call.
 * Throws REGISTRY_ADDRESS_INVALID, and REGISTRY_NOT_DEVELOPMENT for a database on another machine.
 */
export function createRegistry(options: RegistryOptions): Registry {
  const database = new DatabasePool(options);
  const key = options.sealingKey;
  return {
    ping: async () => {
      await database.run('SELECT 1 FROM extension_registry LIMIT 1');
    },
    tenants: () => listTenants(database),
    users: (tenantId) => listUsers(database, tenantId),
    publish: (input) => database.transaction((sql) => writePublication(sql, input)),
    publishRelease: (input) => database.transaction((sql) => writeRelease(sql, input)),
    versions: (registryId) => listVersions(database, registryId),
    install: (target) => database.transaction((sql) => installVersion(sql, target)),
    findRegistryId: (extension) => findRegistryId(database, extension),
    tenantsWith: (registryId) => tenantsWith(database, registryId),
    activeBundle: (versionId) => activeBundle(database, versionId),
    bundleHistory: (versionId) => bundleHistory(database, versionId),
    makeActive: (bundle) => makeActive(database, bundle),
    pruneBundles: (request) => pruneBundles(database, request),
    findInstall: (idOrSlug, tenantId, how) => findInstall(database, idOrSlug, tenantId, how),
    findInstallById: (installId) => findInstallById(database, installId),
    listExtensions: (tenantId) => listInstalls(database, tenantId),
    menuItems: (tenantId, place) => menuItems(database, tenantId, place),
    lookupByHost: (host) => lookupByHost(database, host),
    validate: (tenant, extension, hash) => validateServed(database, tenant, extension, hash),
    setEnabled: (installId, enabled) => setEnabled(database, installId, enabled),
    setGrantedCapabilities: (installId, names) => setGrantedCapabilities(database, installId, names),
    uninstall: (target) => uninstall(database, target),
    writeConfig: (installId, config, providers) => writeConfig(database, installId, config, providers),
    secretEnvelope: (installId) => readEnvelope(database, installId, key),
    readSecrets: (installId) => readSecrets(database, installId, key),
    writeSecrets: (installId, changes, how) => writeSecrets(database, installId, changes, { key, ...how }),
    findCallable: (idOrSlug, tenantId) => findCallable(database, idOrSlug, tenantId),
    startExecution: (start) => startExecution(database, start),
    openExecution: (start) => openExecution(database, start, key),
    finishExecution: (id, end) => finishExecution(database, id, end),
    recentExecutions: (of) => recentExecutions(database, of),
    services: createHostServices(database, options),
    business: createBusinessRecords(database),
    close: () => database.close(),
  };
}
