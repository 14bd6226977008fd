import { z } from 'zod';
import { camelFields, defaulted, optionalText } from './answer-fields.js';
import type { HostContext, HostFunction } from './host-context.js';
import { errorOf, type InstallService } from './install-api.js';
import { err, ok, type Result } from './result.js';

type ReadError = 'not-allowed' | 'invalid-input' | 'internal';
const ERRORS = { 400: 'invalid-input', 401: 'not-allowed', 403: 'not-allowed' } as const;
const MAX_PAGE_SIZE = 100;

/** The functions of `alga:extension/clients` and `alga:extension/services`. */
export const READER_FUNCTIONS: ReadonlyArray<readonly [string, HostFunction]> = [
  ['clients#list-clients', (cx, [input]) => list(cx, 'ext-clients', input as ListInput, client)],
  ['clients#get-client', (cx, [clientId]) => get(cx, 'ext-clients', { clientId }, client)],
  ['services#list-services', (cx, [input]) => list(cx, 'ext-services', input as ListInput, service)],
  ['services#get-service', (cx, [serviceId]) => get(cx, 'ext-services', { serviceId }, service)],
];

interface ListInput {
  readonly page?: number;
  readonly pageSize?: number;
}

const count = z.int().nonnegative();

const client = z.preprocess(
  camelFields,
  z.object({
    clientId: z.string(),
    clientName: z.string(),
    clientType: optionalText,
    isInactive: defaulted(z.boolean(), false),
    defaultCurrencyCode: optionalText,
    accountManagerId: optionalText,
    accountManagerName: optionalText,
    billingEmail: optionalText,
  }),
);

const service = z.preprocess(
  camelFields,
  z.object({
    serviceId: z.string(),
    serviceName: z.string(),
    itemKind: z.enum(['service', 'product']),
    billingMethod: z.enum(['fixed', 'hourly', 'usage']),
    serviceTypeId: optionalText,
    serviceTypeName: optionalText,
    defaultRate: defaulted(z.number(), 0),
    unitOfMeasure: defaulted(z.string(), ''),
    isActive: defaulted(z.boolean(), true),
    sku: optionalText,
  }),
);

async function list<T>(
  cx: HostContext,
  api: InstallService,
  filters: ListInput,
  item: z.ZodType<T>,
): Promise<Result<object, ReadError>> {
  const { page = 1, pageSize = 25 } = filters;
  if (page < 1 || pageSize < 1 || pageSize > MAX_PAGE_SIZE) return err('invalid-input');
  // Absent filters are `undefined`, which JSON leaves out.
  const input = { ...filters, page, pageSize };
  const answer = await cx.install(api, { operation: 'list', input, ...userOf(cx) });
  if (!answer.ok) return err(errorOf<ReadError>(answer.failure, ERRORS));
  const pageOf = z.object({
    items: z.array(item),
    totalCount: defaulted(count, 0),
    page: defaulted(count, 1),
    pageSize: defaulted(count, 25),
  });
  const parsed = z.preprocess(camelFields, pageOf).safeParse(answer.json);
  return parsed.success ? ok(parsed.data) : err('internal');
}

async function get<T>(
  cx: HostContext,
  api: InstallService,
  input: object,
  item: z.ZodType<T>,
): Promise<Result<T | undefined, ReadError>> {
  const answer = await cx.install(api, { operation: 'get', input, ...userOf(cx) });
  if (!answer.ok) return err(errorOf<ReadError>(answer.failure, ERRORS));
  const parsed = z.looseObject({ item: item.nullable() }).safeParse(answer.json);
  return parsed.success ? ok(parsed.data.item ?? undefined) : err('internal');
}

/** Who asks, so that the host applies that user's permissions; left out when nobody does. */
function userOf({ request: { user } }: HostContext): object {
  return user === undefined ? {} : { user: { userId: user.userId, userType: user.userType } };
}
