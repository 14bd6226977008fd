import type { HostServices } from '../../registry/index.js';

/** One operation of a service: what carries it out, and the status of its success. */
export interface Operation {
  readonly call: (installId: string, body: unknown) => Promise<unknown>;
  readonly status: number;
}

/** A service that guests call through the runner, and how it words the faults that are not its domain's. */
export interface ServiceDescription {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly unauthorized: unknown;
  readonly badJson: { readonly status: number; readonly body: unknown };
  readonly unknownOperation: unknown;
}

/** What every service answers when it fails for a reason that is not the guest’s. */
export const INTERNAL_ERROR = { error: 'Internal error', code: 'INTERNAL_ERROR' };

const unauthorized = { error: 'Unauthorized', code: 'UNAUTHORIZED' };
const operationFault = { formErrors: [], fieldErrors: { operation: ['Invalid operation'] } };
const schemaFault = { error: 'Validation error', details: operationFault };
const invalidInput = { error: 'Invalid input', code: 'INVALID_INPUT', details: operationFault };
const unsupported = { error: 'Unsupported operation' };

/** What clients and services answer alike. */
const business = {
  unauthorized,
  badJson: { status: 400, body: { error: 'Invalid JSON', code: 'INVALID_INPUT' } },
  unknownOperation: invalidInput,
};

const ok = (call: Operation['call']): Operation => ({ call, status: 200 });
const created = (call: Operation['call']): Operation => ({ call, status: 201 });

/** The five services by the name they have in the address. */
export function serviceDescriptions(services: HostServices): Readonly<Record<string, ServiceDescription>> {
  const { storage, scheduler, invoicing, clients, catalogue } = services;
  return {
    'ext-storage': {
      operations: {
        put: ok(storage.put),
        get: ok(storage.get),
        list: ok(storage.list),
        delete: ok(storage.delete),
        bulkPut: ok(storage.bulkPut),
      },
      unauthorized: { ...unauthorized, details: null },
      badJson: { status: 500, body: INTERNAL_ERROR },
      unknownOperation: schemaFault,
    },
    'ext-scheduler': {
      operations: {
        list: ok(scheduler.list),
        get: ok(scheduler.get),
        create: created(scheduler.create),
        update: ok(scheduler.update),
        delete: ok(scheduler.delete),
        getEndpoints: ok(scheduler.getEndpoints),
      },
      unauthorized: { ...unauthorized, details: null },
      badJson: { status: 400, body: { error: 'Invalid JSON', code: 'VALIDATION_FAILED', details: null } },
      unknownOperation: schemaFault,
    },
    'ext-invoicing': {
      operations: { createManualInvoice: created(invoicing.createManualInvoice) },
      unauthorized,
      badJson: { status: 400, body: unsupported },
      unknownOperation: unsupported,
    },
    'ext-clients': { operations: { list: ok(clients.list), get: ok(clients.get) }, ...business },
    'ext-services': { operations: { list: ok(catalogue.list), get: ok(catalogue.get) }, ...business },
  };
}
