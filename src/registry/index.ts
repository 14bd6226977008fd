export {
  type BusinessRecords,
  type ClientRecord,
  clientRecordSchema,
  type ServiceRecord,
  serviceRecordSchema,
} from './business/business-records.js';
export type { BundleRecord } from './installs/bundle-history.js';
export type { CallableInstall } from './installs/callable-install.js';
export type { Execution, ExecutionEnd, ExecutionStart, ExecutionStatus } from './installs/execution-log.js';
export type { OpenedExecution } from './installs/execution-opening.js';
export { configForGuest, type Install } from './installs/install-row.js';
export type { MenuItem, MenuPlace } from './installs/menu.js';
export type { Tenant, User } from './installs/users.js';
export { hasExtensions, type PublishedRows, type PublishInput } from './publish/publication.js';
export type { ReleasedRows, ReleaseInput, VersionRecord } from './publish/release.js';
export type { ExtensionName } from './publish/row-ids.js';
export { createRegistry, type Registry, type RegistryOptions } from './registry.js';
export { addEmbeddedTenant, prepareEmbeddedDatabase } from './schema/embedded-database.js';
export type { SecretEnvelope, SecretValues } from './secrets/envelope.js';
export { loadSealingKey } from './secrets/sealing-key.js';
export type { ClientInfo, ClientsService } from './services/business/clients-service.js';
export type { CreatedInvoice, InvoicingService } from './services/business/invoicing-service.js';
export type { Page } from './services/business/page-read.js';
export type { CatalogueService, ServiceInfo } from './services/business/services-service.js';
export type { HostServices } from './services/host-services.js';
export type { EndpointInfo } from './services/scheduler/endpoint-selection.js';
export type { ScheduledJob, ScheduleInfo } from './services/scheduler/schedule-rows.js';
export type { SchedulerService } from './services/scheduler/scheduler-service.js';
export { ServiceError } from './services/service-error.js';
export type { StorageRecord } from './services/storage/records.js';
export type { StorageListItem, StorageService, StoredInfo } from './services/storage/storage-service.js';
