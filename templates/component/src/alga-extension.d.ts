/**
 * Types of what Alga PSA offers to an extension's handler. They follow wit/extension-runner.wit.
 *
 * Calls that can fail throw an object whose `payload` is one of the reasons named beside the call; it is not
 * an `Error`. Each interface needs its capability in manifest.json, except context, logging and user.
 */

declare module 'alga:extension/types' {
  export interface ExecuteRequest {
    context: ContextData;
    http: HttpRequest;
  }

  export interface ExecuteResponse {
    /** HTTP status, 100 to 599. */
    status: number;
    /** Required, may be empty. The last of two equal names wins. */
    headers: HttpHeader[];
    /** Bytes; a string is silently dropped. */
    body?: Uint8Array | undefined;
  }

  export interface ContextData {
    requestId?: string | undefined;
    tenantId: string;
    extensionId: string;
    installId?: string | undefined;
    versionId?: string | undefined;
  }

  export interface HttpHeader {
    name: string;
    value: string;
  }

  export interface HttpRequest {
    /** Upper case. */
    method: string;
    /** Path and query for the handler; an absolute address for `fetch`. */
    url: string;
    headers: HttpHeader[];
    body?: Uint8Array | undefined;
  }

  export interface HttpResponse {
    status: number;
    headers: HttpHeader[];
    body?: Uint8Array | undefined;
  }

  export interface StorageEntry {
    namespace: string;
    key: string;
    value: Uint8Array;
    /** On `put`: write only if this is still the stored revision. On results: the stored revision. */
    revision?: bigint | undefined;
  }

  export interface UserData {
    tenantId: string;
    /** Empty when unknown. */
    clientName: string;
    userId: string;
    userEmail: string;
    userName: string;
    /** `internal` or `client`. */
    userType: string;
  }

  export interface UserDataV2 extends UserData {
    /** Set for users of the client portal. */
    clientId?: string | undefined;
    additionalFields: Array<[string, string]>;
  }

  export interface ScheduleInfo {
    id: string;
    endpointPath: string;
    endpointMethod: string;
    name?: string | undefined;
    cron: string;
    timezone: string;
    enabled: boolean;
    /** JSON text. */
    payload?: string | undefined;
    lastRunAt?: string | undefined;
    lastRunStatus?: string | undefined;
    lastError?: string | undefined;
    createdAt?: string | undefined;
  }

  export interface EndpointInfo {
    id: string;
    method: string;
    path: string;
    handler: string;
    schedulable: boolean;
  }

  export interface CreateScheduleInput {
    /** `/path`, or `POST /path`. */
    endpoint: string;
    /** Five fields. */
    cron: string;
    timezone?: string | undefined;
    enabled?: boolean | undefined;
    name?: string | undefined;
    /** JSON text. */
    payload?: string | undefined;
  }

  export interface CreateScheduleResult {
    success: boolean;
    scheduleId?: string | undefined;
    error?: string | undefined;
    /** JSON text of an object. */
    fieldErrors?: string | undefined;
  }

  export type UpdateScheduleInput = Partial<CreateScheduleInput>;

  export interface UpdateScheduleResult {
    success: boolean;
    error?: string | undefined;
    /** JSON text of an object. */
    fieldErrors?: string | undefined;
  }

  export interface DeleteScheduleResult {
    success: boolean;
    error?: string | undefined;
  }

  export type DiscountType = 'percentage' | 'fixed';

  export interface ManualInvoiceItemInput {
    serviceId: string;
    quantity: number;
    description: string;
    rate: number;
    isDiscount?: boolean | undefined;
    discountType?: DiscountType | undefined;
    appliesToItemId?: string | undefined;
    appliesToServiceId?: string | undefined;
  }

  export interface CreateManualInvoiceInput {
    clientId: string;
    items: ManualInvoiceItemInput[];
    /** `YYYY-MM-DD`. */
    invoiceDate?: string | undefined;
    /** `YYYY-MM-DD`. */
    dueDate?: string | undefined;
    poNumber?: string | undefined;
  }

  export interface CreateManualInvoiceResult {
    success: boolean;
    invoiceId?: string | undefined;
    invoiceNumber?: string | undefined;
    status?: string | undefined;
    subtotal?: number | undefined;
    tax?: number | undefined;
    total?: number | undefined;
    error?: string | undefined;
    /** JSON text of an object. */
    fieldErrors?: string | undefined;
  }

  export interface ClientSummary {
    clientId: string;
    clientName: string;
    clientType?: string | undefined;
    isInactive: boolean;
    defaultCurrencyCode?: string | undefined;
    accountManagerId?: string | undefined;
    accountManagerName?: string | undefined;
    billingEmail?: string | undefined;
  }

  export interface ClientsListInput {
    search?: string | undefined;
    includeInactive?: boolean | undefined;
    /** From 1. */
    page?: number | undefined;
    /** 1 to 100, 25 when left out. */
    pageSize?: number | undefined;
  }

  export interface ClientsListResult {
    items: ClientSummary[];
    totalCount: number;
    page: number;
    pageSize: number;
  }

  export type ServiceItemKind = 'service' | 'product';
  export type ServiceBillingMethod = 'fixed' | 'hourly' | 'usage';

  export interface ServiceSummary {
    serviceId: string;
    serviceName: string;
    itemKind: ServiceItemKind;
    billingMethod: ServiceBillingMethod;
    serviceTypeId?: string | undefined;
    serviceTypeName?: string | undefined;
    defaultRate: number;
    unitOfMeasure: string;
    isActive: boolean;
    sku?: string | undefined;
  }

  export interface ServicesListInput {
    search?: string | undefined;
    itemKind?: ServiceItemKind | undefined;
    isActive?: boolean | undefined;
    billingMethod?: ServiceBillingMethod | undefined;
    /** From 1. */
    page?: number | undefined;
    /** 1 to 100, 25 when left out. */
    pageSize?: number | undefined;
  }

  export interface ServicesListResult {
    items: ServiceSummary[];
    totalCount: number;
    page: number;
    pageSize: number;
  }
}

declare module 'alga:extension/context' {
  import type { ContextData } from 'alga:extension/types';
  /** Which request, tenant and installation this is. */
  export function getContext(): ContextData;
}

declare module 'alga:extension/logging' {
  export function logInfo(message: string): void;
  export function logWarn(message: string): void;
  export function logError(message: string): void;
}

/** Needs `cap:secrets.get`. */
declare module 'alga:extension/secrets' {
  /** Throws `missing`, `denied`, `expired` or `internal`. */
  export function get(key: string): string;
  export function listKeys(): string[];
}

/** Needs `cap:http.fetch`; only hosts on the allow-list of the installation are reached. */
declare module 'alga:extension/http' {
  import type { HttpRequest, HttpResponse } from 'alga:extension/types';
  /** Redirects are given back, not followed. Throws `invalid-url`, `not-allowed`, `transport` or `internal`. */
  export function fetch(request: HttpRequest): HttpResponse;
}

/** Needs `cap:storage.kv`. Every call throws `missing`, `conflict`, `denied` or `internal`. */
declare module 'alga:extension/storage' {
  import type { StorageEntry } from 'alga:extension/types';
  export function get(namespace: string, key: string): StorageEntry;
  /** Up to 49149 bytes. Gives the entry with its new revision. */
  export function put(entry: StorageEntry): StorageEntry;
  function remove(namespace: string, key: string): void;

  export { remove as delete };
  export function listEntries(namespace: string, cursor: string | undefined): StorageEntry[];
}

/** Needs `cap:ui.proxy`. */
declare module 'alga:extension/ui-proxy' {
  /** GET without a payload, else POST. Throws `route-not-found`, `denied`, `bad-request` or `internal`. */
  export function callRoute(route: string, payload: Uint8Array | undefined): Uint8Array;
}

declare module 'alga:extension/user' {
  import type { UserData } from 'alga:extension/types';
  /** Throws `not-available` when nobody is signed in (scheduled calls), or `not-allowed`. */
  export function getUser(): UserData;
}

declare module 'alga:extension/user-v2' {
  import type { UserDataV2 } from 'alga:extension/types';
  /** Throws `not-available` when nobody is signed in (scheduled calls), or `not-allowed`. */
  export function getUser(): UserDataV2;
}

/**
 * Needs `cap:scheduler.manage`. The reading calls throw `not-found`, `validation-failed`, `quota-exceeded`,
 * `denied` or `internal`; the writing ones tell in their result.
 */
declare module 'alga:extension/scheduler' {
  import type {
    CreateScheduleInput,
    CreateScheduleResult,
    DeleteScheduleResult,
    EndpointInfo,
    ScheduleInfo,
    UpdateScheduleInput,
    UpdateScheduleResult,
  } from 'alga:extension/types';
  export function listSchedules(): ScheduleInfo[];
  export function getSchedule(scheduleId: string): ScheduleInfo | undefined;
  export function createSchedule(input: CreateScheduleInput): CreateScheduleResult;
  export function updateSchedule(scheduleId: string, input: UpdateScheduleInput): UpdateScheduleResult;
  export function deleteSchedule(scheduleId: string): DeleteScheduleResult;
  export function getEndpoints(): EndpointInfo[];
}

/** Needs `cap:invoice.manual.create`. */
declare module 'alga:extension/invoicing' {
  import type { CreateManualInvoiceInput, CreateManualInvoiceResult } from 'alga:extension/types';
  export function createManualInvoice(input: CreateManualInvoiceInput): CreateManualInvoiceResult;
}

/** Needs `cap:client.read`. Every call throws `not-allowed`, `invalid-input` or `internal`. */
declare module 'alga:extension/clients' {
  import type { ClientSummary, ClientsListInput, ClientsListResult } from 'alga:extension/types';
  export function listClients(input: ClientsListInput): ClientsListResult;
  export function getClient(clientId: string): ClientSummary | undefined;
}

/** Needs `cap:service.read`. Every call throws `not-allowed`, `invalid-input` or `internal`. */
declare module 'alga:extension/services' {
  import type { ServiceSummary, ServicesListInput, ServicesListResult } from 'alga:extension/types';
  export function listServices(input: ServicesListInput): ServicesListResult;
  export function getService(serviceId: string): ServiceSummary | undefined;
}
