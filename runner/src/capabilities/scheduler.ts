import { z } from 'zod';
import { camelFields, optionalText } from './answer-fields.js';
import type { HostContext, HostFunction } from './host-context.js';
import { type ApiAnswer, type ApiFailure, errorOf, parseJson } from './install-api.js';
import { err, ok, type Result } from './result.js';

const NAMES = ['not-found', 'validation-failed', 'quota-exceeded', 'denied', 'internal'] as const;
type SchedulerError = (typeof NAMES)[number];

const ERRORS = {
  400: 'validation-failed',
  401: 'denied',
  403: 'denied',
  404: 'not-found',
  429: 'quota-exceeded',
} as const;

const PAYLOAD_ERROR = 'Payload must be valid JSON object or array';

/** The functions of `alga:extension/scheduler`. */
export const SCHEDULER_FUNCTIONS: ReadonlyArray<readonly [string, HostFunction]> = [
  ['scheduler#list-schedules', (cx) => listSchedules(cx)],
  ['scheduler#get-schedule', (cx, [id]) => getSchedule(cx, String(id))],
  ['scheduler#create-schedule', (cx, [input]) => create(cx, input as ScheduleInput)],
  ['scheduler#update-schedule', (cx, [id, input]) => update(cx, String(id), input as ScheduleInput)],
  ['scheduler#delete-schedule', (cx, [id]) => remove(cx, String(id))],
  ['scheduler#get-endpoints', (cx) => endpoints(cx)],
];

const schedule = z.preprocess(
  camelFields,
  z.object({
    id: z.string(),
    endpointPath: z.string(),
    endpointMethod: z.string(),
    name: optionalText,
    cron: z.string(),
    timezone: z.string(),
    enabled: z.boolean(),
    payload: z.unknown().optional().transform(payloadText),
    lastRunAt: optionalText,
    lastRunStatus: optionalText,
    lastError: optionalText,
    createdAt: optionalText,
  }),
);

const endpoint = z.object({
  id: z.string(),
  method: z.string(),
  path: z.string(),
  handler: z.string(),
  schedulable: z.boolean(),
});

function payloadText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Items that parse; malformed ones are left out. */
function itemsOf<T>(json: unknown, field: string, schema: z.ZodType<T>): T[] {
  const list = z.record(z.string(), z.unknown()).safeParse(json).data?.[field];
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown) => {
    const parsed = schema.safeParse(item);
    return parsed.success ? [parsed.data] : [];
  });
}

async function listSchedules(cx: HostContext): Promise<Result<object[], SchedulerError>> {
  const answer = await cx.install('ext-scheduler', { operation: 'list' });
  if (!answer.ok) return err(errorOf<SchedulerError>(answer.failure, ERRORS));
  return ok(itemsOf(answer.json, 'schedules', schedule));
}

async function getSchedule(
  cx: HostContext,
  scheduleId: string,
): Promise<Result<object | undefined, SchedulerError>> {
  const answer = await cx.install('ext-scheduler', { operation: 'get', scheduleId });
  if (!answer.ok) return err(errorOf<SchedulerError>(answer.failure, ERRORS));
  return ok(z.looseObject({ schedule }).safeParse(answer.json).data?.schedule);
}

async function endpoints(cx: HostContext): Promise<Result<object[], SchedulerError>> {
  const answer = await cx.install('ext-scheduler', { operation: 'getEndpoints' });
  if (!answer.ok) return err(errorOf<SchedulerError>(answer.failure, ERRORS));
  return ok(itemsOf(answer.json, 'endpoints', endpoint));
}

interface ScheduleInput {
  readonly endpoint?: string;
  readonly cron?: string;
  readonly timezone?: string;
  readonly enabled?: boolean;
  readonly name?: string;
  readonly payload?: string;
}

/** What a changing call gives back; `scheduleId` is left out where the record has no such field. */
interface ChangeResult {
  readonly success: boolean;
  readonly scheduleId: string | undefined;
  readonly error: string | undefined;
  readonly fieldErrors: string | undefined;
}

async function create(cx: HostContext, input: ScheduleInput): Promise<ChangeResult> {
  return await change(cx, { operation: 'create' }, input);
}

async function update(cx: HostContext, scheduleId: string, input: ScheduleInput): Promise<ChangeResult> {
  // An empty payload is how the interface says "no payload any more".
  const cleared = input.payload === '' ? { ...input, payload: 'null' } : input;
  return await change(cx, { operation: 'update', scheduleId }, cleared);
}

async function remove(cx: HostContext, scheduleId: string): Promise<ChangeResult> {
  return changed(await cx.install('ext-scheduler', { operation: 'delete', scheduleId }));
}

async function change(cx: HostContext, call: object, input: ScheduleInput): Promise<ChangeResult> {
  const { payload, ...fields } = input;
  const decoded = payload === undefined ? undefined : parseJson(payload);
  if (payload !== undefined && decoded === undefined) {
    const fieldErrors = JSON.stringify({ payload: PAYLOAD_ERROR });
    return { success: false, scheduleId: undefined, error: PAYLOAD_ERROR, fieldErrors };
  }
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const body = { ...call, ...given, ...(decoded !== undefined && { payload: decoded }) };
  return changed(await cx.install('ext-scheduler', body));
}

const outcome = z.preprocess(
  camelFields,
  z.object({
    success: z.boolean(),
    scheduleId: optionalText,
    error: optionalText,
    fieldErrors: z.unknown().optional(),
  }),
);

function changed(answer: ApiAnswer): ChangeResult {
  if (!answer.ok) return refusedChange(answer.failure) ?? failedChange(answer.failure);
  const parsed = outcome.safeParse(answer.json);
  return parsed.success ? toResult(parsed.data) : failedChange({ kind: 'bad-json' });
}

/** The host says what is wrong with a change in the body of a 400; that is for the guest to see. */
function refusedChange(failure: ApiFailure): ChangeResult | undefined {
  if (failure.kind !== 'status' || failure.status !== 400) return undefined;
  const parsed = outcome.safeParse(parseJson(failure.body));
  return parsed.success && !parsed.data.success ? toResult(parsed.data) : undefined;
}

function toResult({ success, scheduleId, error, fieldErrors }: z.infer<typeof outcome>): ChangeResult {
  const errors = fieldErrors === undefined ? undefined : JSON.stringify(fieldErrors);
  return { success, scheduleId, error, fieldErrors: errors };
}

/** The error as the official runner writes it, so that a guest that reads it finds what it knows. */
function failedChange(failure: ApiFailure): ChangeResult {
  const name = errorOf<SchedulerError>(failure, ERRORS);
  const error = `SchedulerError { code: ${NAMES.indexOf(name)}, name: "${name}", message: "" }`;
  return { success: false, scheduleId: undefined, error, fieldErrors: undefined };
}
