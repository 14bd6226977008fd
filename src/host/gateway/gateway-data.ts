import type { RegistryId, TenantId } from '../../core/ids.js';
import type {
  Execution,
  ExecutionEnd,
  ExecutionStart,
  Install,
  SecretEnvelope,
  Tenant,
} from '../../registry/index.js';
import type { ActingUser } from './acting-user.js';

export type { Execution, ExecutionEnd, ExecutionStart, Install };

/** What an execution of an install needs beside the request. */
export interface Hydration {
  readonly install: Install;
  /** Texts only: other values as their JSON, null as an empty text. */
  readonly config: Readonly<Record<string, string>>;
  readonly secretEnvelope: SecretEnvelope | undefined;
}

/** What the gateway asks of the registry. */
export interface GatewayData {
  users(tenantId: TenantId): Promise<readonly ActingUser[]>;
  tenants(): Promise<readonly Tenant[]>;
  tenant(tenantId: TenantId): Promise<Tenant | undefined>;
  /** The enabled install a caller names by registry id, install id or slug. */
  findInstall(tenantId: TenantId, id: string): Promise<Install | undefined>;
  /** The enabled install as it is now, with configuration and secrets. */
  hydrate(tenantId: TenantId, registryId: RegistryId): Promise<Hydration | undefined>;
  /** Writes the row that says an execution began; gives its id. */
  startExecution(start: ExecutionStart): Promise<string>;
  finishExecution(id: string, end: ExecutionEnd): Promise<void>;
}
