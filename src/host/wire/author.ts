/** Answers of the author's routes under `/__alga/api`. */

/** A stored value: the guest's bytes as text, in base64 when they are none, or JSON that another tool stored. */
export interface StoredValue {
  readonly kind: 'text' | 'bytes' | 'json';
  readonly text: string;
}

export interface StoredRecord {
  readonly key: string;
  readonly revision: number;
  readonly ttlExpiresAt: string | null;
  readonly updatedAt: string;
  readonly value: StoredValue;
}

export interface StoragePage {
  readonly records: readonly StoredRecord[];
  readonly nextCursor: string | null;
}

export interface NamespaceList {
  readonly namespaces: readonly { readonly namespace: string; readonly keys: number }[];
}

/** Names only: a secret that was set is never shown again. */
export interface SecretList {
  readonly names: readonly string[];
  /** False when there are secrets that this machine cannot open. */
  readonly readable: boolean;
}

export interface ConfigValues {
  readonly config: Readonly<Record<string, string>>;
}

export interface ScheduleEntry {
  readonly id: string;
  readonly name: string | null;
  readonly endpoint: string;
  readonly cron: string;
  readonly timezone: string;
  readonly enabled: boolean;
  readonly payload: unknown;
  readonly nextRun: string | null;
  readonly lastRunAt: string | null;
  readonly lastRunStatus: string | null;
  readonly lastError: string | null;
}

export interface ScheduleList {
  readonly schedules: readonly ScheduleEntry[];
  /** Endpoints that can be scheduled, as `METHOD /path`. */
  readonly endpoints: readonly string[];
}

export interface RunNowAnswer {
  readonly status: 'success' | 'error' | 'skipped' | 'off';
  readonly error?: string;
}

export interface VersionEntry {
  readonly contentHash: string;
  readonly sizeBytes: number | null;
  readonly since: string | null;
  readonly active: boolean;
}

export interface VersionList {
  readonly version: string;
  readonly bundles: readonly VersionEntry[];
}

/** An install as the settings page shows it. */
export interface InstallEntry {
  readonly registryId: string;
  readonly installId: string;
  readonly extension: string;
  readonly displayName: string;
  readonly description: string;
  readonly version: string;
  readonly contentHash: string | null;
  readonly enabled: boolean;
  readonly declared: readonly string[];
  readonly granted: readonly string[];
  readonly inSession: boolean;
}

export interface InstallList {
  readonly installs: readonly InstallEntry[];
  /** Every capability there is. */
  readonly capabilities: readonly string[];
  /** Whether a bundle file can be installed from the page. */
  readonly canInstall: boolean;
}

/** A client of the tenant, as the author edits it. */
export interface ClientEntry {
  readonly id?: string | undefined;
  readonly name: string;
  readonly type: 'company' | 'individual' | null;
  readonly isInactive: boolean;
  readonly currency: string;
  readonly billingEmail: string | null;
}

export interface ClientList {
  readonly clients: readonly ClientEntry[];
}

/** A service or product of the tenant, as the author edits it. */
export interface ServiceEntry {
  readonly id?: string | undefined;
  readonly name: string;
  readonly itemKind: 'service' | 'product';
  readonly billingMethod: 'fixed' | 'hourly' | 'usage';
  /** In minor currency units. */
  readonly rate: number;
  readonly unit: string;
  readonly isActive: boolean;
  readonly sku: string | null;
}

export interface ServiceList {
  readonly services: readonly ServiceEntry[];
}
