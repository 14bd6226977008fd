import type { RegistryId, TenantId } from '../../core/ids.js';
import type {
  CallableInstall,
  Execution,
  ExecutionEnd,
  ExecutionStart,
  Install,
  SecretEnvelope,
  Tenant,
} from '../../registry/index.js';
import type { ActingUser } from './acting-user.js';

export type { CallableInstall, Execution, ExecutionEnd, ExecutionStart };

/** What of an install goes into an execute request. */
export type ExecutedInstall = CallableInstall &
  Pick<Install, 'providers' | 'configVersion' | 'secretsVersion'>;

/** What an execution of an install needs beside the request. */
export interface Hydration<I extends ExecutedInstall = ExecutedInstall> {
  readonly install: I;
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
  findInstall(tenantId: TenantId, id: string): Promise<CallableInstall | undefined>;
  /** The enabled install as it is now, with configuration and secrets. */
  hydrate(tenantId: TenantId, registryId: RegistryId): Promise<Hydration<Install> | undefined>;
  /** Writes the row that says an execution began, and reads the install as it is then. */
  open(start: ExecutionStart): Promise<Opening>;
  /** The same for an install whose configuration cannot be read. */
  openBare(start: ExecutionStart): Promise<Opening>;
  finishExecution(id: string, end: ExecutionEnd): Promise<void>;
}

/** An execution that was noted, and what it needs; without hydration the install is gone. */
export interface Opening {
  readonly executionId: string;
  readonly hydration: Hydration | undefined;
}
