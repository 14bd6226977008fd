import type { Database } from '../database/sql.js';
import { type ClientsService, createClientsService } from './business/clients-service.js';
import { createInvoicingService, type InvoicingService } from './business/invoicing-service.js';
import { type CatalogueService, createCatalogueService } from './business/services-service.js';
import { createSchedulerService, type SchedulerService } from './scheduler/scheduler-service.js';
import type { ServiceQuirks } from './service-quirks.js';
import { createStorageService, type StorageService } from './storage/storage-service.js';

/**
 * The data side of the services that guests call through the runner, one method for each
 * `operation`. Every method takes the install id of the path and the request body, finds the tenant
 * by the install, and either gives the body of the answer or throws a `ServiceError` with status and
 * body. Token, JSON and method are the caller's.
 */
export interface HostServices {
  readonly storage: StorageService;
  readonly scheduler: SchedulerService;
  readonly invoicing: InvoicingService;
  readonly clients: ClientsService;
  readonly catalogue: CatalogueService;
}

/** Makes the {@link HostServices} of a database; `options` shows defects of the product too. */
export function createHostServices(database: Database, options: ServiceQuirks = {}): HostServices {
  return {
    storage: createStorageService(database, options),
    scheduler: createSchedulerService(database, options),
    invoicing: createInvoicingService(database),
    clients: createClientsService(database, options),
    catalogue: createCatalogueService(database),
  };
}
