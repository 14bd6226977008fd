/**
 * The guest interface in structural form, as the engine describes the types a component was built
 * against. A component built against another shape would be given records with fields in the wrong
 * place, so it is refused when it is instantiated. A test holds this file to the WIT.
 */

const o = (type: string): string => `option<${type}>`;
const list = (type: string): string => `list<${type}>`;
const result = (ok: string, error: string): string => `result<${ok},${error}>`;
const record = (...fields: ReadonlyArray<readonly [string, string]>): string =>
  `{${fields.map(([name, type]) => `${name}:${type}`).join(',')}}`;
const cases = (...names: readonly string[]): string => `enum(${names.join(',')})`;
const func = (params: readonly string[], answer: string): string => `(${params.join(',')})->${answer}`;

const S = 'string';
const NONE = '_';
const OPTIONAL_TEXT = o(S);
const BYTES = list('u8');

const texts = (...names: readonly string[]): Array<readonly [string, string]> =>
  names.map((name) => [name, S] as const);
const optionalTexts = (...names: readonly string[]): Array<readonly [string, string]> =>
  names.map((name) => [name, OPTIONAL_TEXT] as const);

const CONTEXT = record(
  ['requestId', OPTIONAL_TEXT],
  ['tenantId', S],
  ['extensionId', S],
  ['installId', OPTIONAL_TEXT],
  ['versionId', OPTIONAL_TEXT],
);
const HEADERS = list(record(['name', S], ['value', S]));
const REQUEST = record(['method', S], ['url', S], ['headers', HEADERS], ['body', o(BYTES)]);
const RESPONSE = record(['status', 'u16'], ['headers', HEADERS], ['body', o(BYTES)]);

const SECRET_ERROR = cases('missing', 'denied', 'expired', 'internal');
const HTTP_ERROR = cases('invalid-url', 'not-allowed', 'transport', 'internal');
const STORAGE_ERROR = cases('missing', 'conflict', 'denied', 'internal');
const PROXY_ERROR = cases('route-not-found', 'denied', 'bad-request', 'internal');
const USER_ERROR = cases('not-available', 'not-allowed');
const SCHEDULER_ERROR = cases('not-found', 'validation-failed', 'quota-exceeded', 'denied', 'internal');
const READ_ERROR = cases('not-allowed', 'invalid-input', 'internal');

const ENTRY = record(['namespace', S], ['key', S], ['value', BYTES], ['revision', o('u64')]);
const USER_FIELDS = texts('tenantId', 'clientName', 'userId', 'userEmail', 'userName', 'userType');
const USER_V2 = record(
  ...USER_FIELDS,
  ['clientId', OPTIONAL_TEXT],
  ['additionalFields', list('tuple<string,string>')],
);

const SCHEDULE = record(
  ...texts('id', 'endpointPath', 'endpointMethod'),
  ['name', OPTIONAL_TEXT],
  ...texts('cron', 'timezone'),
  ['enabled', 'bool'],
  ...optionalTexts('payload', 'lastRunAt', 'lastRunStatus', 'lastError', 'createdAt'),
);
const ENDPOINT = record(...texts('id', 'method', 'path', 'handler'), ['schedulable', 'bool']);
const schedulable = (...required: Array<readonly [string, string]>): string =>
  record(
    ...required,
    ['timezone', OPTIONAL_TEXT],
    ['enabled', o('bool')],
    ...optionalTexts('name', 'payload'),
  );
const changed = (...optional: readonly string[]): string =>
  record(['success', 'bool'], ...optionalTexts(...optional));

const INVOICE_ITEM = record(
  ['serviceId', S],
  ['quantity', 'f64'],
  ['description', S],
  ['rate', 'f64'],
  ['isDiscount', o('bool')],
  ['discountType', o(cases('percentage', 'fixed'))],
  ...optionalTexts('appliesToItemId', 'appliesToServiceId'),
);
const INVOICE = record(
  ['clientId', S],
  ['items', list(INVOICE_ITEM)],
  ...optionalTexts('invoiceDate', 'dueDate', 'poNumber'),
);
const INVOICED = record(
  ['success', 'bool'],
  ...optionalTexts('invoiceId', 'invoiceNumber', 'status'),
  ...['subtotal', 'tax', 'total'].map((name) => [name, o('f64')] as const),
  ...optionalTexts('error', 'fieldErrors'),
);

const PAGE: ReadonlyArray<readonly [string, string]> = [
  ['page', o('u32')],
  ['pageSize', o('u32')],
];
const pageOf = (item: string): string =>
  record(['items', list(item)], ['totalCount', 'u32'], ['page', 'u32'], ['pageSize', 'u32']);
const CLIENT = record(
  ...texts('clientId', 'clientName'),
  ['clientType', OPTIONAL_TEXT],
  ['isInactive', 'bool'],
  ...optionalTexts('defaultCurrencyCode', 'accountManagerId', 'accountManagerName', 'billingEmail'),
);
const CLIENT_FILTERS = record(['search', OPTIONAL_TEXT], ['includeInactive', o('bool')], ...PAGE);
const ITEM_KIND = cases('service', 'product');
const BILLING_METHOD = cases('fixed', 'hourly', 'usage');
const SERVICE = record(
  ...texts('serviceId', 'serviceName'),
  ['itemKind', ITEM_KIND],
  ['billingMethod', BILLING_METHOD],
  ...optionalTexts('serviceTypeId', 'serviceTypeName'),
  ['defaultRate', 'f64'],
  ['unitOfMeasure', S],
  ['isActive', 'bool'],
  ['sku', OPTIONAL_TEXT],
);
const SERVICE_FILTERS = record(
  ['search', OPTIONAL_TEXT],
  ['itemKind', o(ITEM_KIND)],
  ['isActive', o('bool')],
  ['billingMethod', o(BILLING_METHOD)],
  ...PAGE,
);

/** Package of every interface below. */
export const GUEST_PACKAGE = 'alga:extension';

/** Type of the export every component must have, `handler`. */
export const HANDLER_SIGNATURE = func([record(['context', CONTEXT], ['http', REQUEST])], RESPONSE);

/** Types of the host functions by `interface#function`. */
export const SIGNATURES: ReadonlyMap<string, string> = new Map([
  ['context#get-context', func([], CONTEXT)],
  ['secrets#get', func([S], result(S, SECRET_ERROR))],
  ['secrets#list-keys', func([], list(S))],
  ['http#fetch', func([REQUEST], result(RESPONSE, HTTP_ERROR))],
  ['storage#get', func([S, S], result(ENTRY, STORAGE_ERROR))],
  ['storage#put', func([ENTRY], result(ENTRY, STORAGE_ERROR))],
  ['storage#delete', func([S, S], result(NONE, STORAGE_ERROR))],
  ['storage#list-entries', func([S, OPTIONAL_TEXT], result(list(ENTRY), STORAGE_ERROR))],
  ['logging#log-info', func([S], NONE)],
  ['logging#log-warn', func([S], NONE)],
  ['logging#log-error', func([S], NONE)],
  ['ui-proxy#call-route', func([S, o(BYTES)], result(BYTES, PROXY_ERROR))],
  ['user#get-user', func([], result(record(...USER_FIELDS), USER_ERROR))],
  ['user-v2#get-user', func([], result(USER_V2, USER_ERROR))],
  ['scheduler#list-schedules', func([], result(list(SCHEDULE), SCHEDULER_ERROR))],
  ['scheduler#get-schedule', func([S], result(o(SCHEDULE), SCHEDULER_ERROR))],
  [
    'scheduler#create-schedule',
    func([schedulable(...texts('endpoint', 'cron'))], changed('scheduleId', 'error', 'fieldErrors')),
  ],
  [
    'scheduler#update-schedule',
    func([S, schedulable(...optionalTexts('endpoint', 'cron'))], changed('error', 'fieldErrors')),
  ],
  ['scheduler#delete-schedule', func([S], changed('error'))],
  ['scheduler#get-endpoints', func([], result(list(ENDPOINT), SCHEDULER_ERROR))],
  ['invoicing#create-manual-invoice', func([INVOICE], INVOICED)],
  ['clients#list-clients', func([CLIENT_FILTERS], result(pageOf(CLIENT), READ_ERROR))],
  ['clients#get-client', func([S], result(o(CLIENT), READ_ERROR))],
  ['services#list-services', func([SERVICE_FILTERS], result(pageOf(SERVICE), READ_ERROR))],
  ['services#get-service', func([S], result(o(SERVICE), READ_ERROR))],
]);
