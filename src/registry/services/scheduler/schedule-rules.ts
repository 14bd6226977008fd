import { Cron } from 'croner';
import { textOf } from '../../../core/errors/alga-error.js';
import { ServiceError } from '../service-error.js';

/** A schedule's fields in the form in which they are stored. */
export interface ScheduleFields {
  readonly cron: string;
  readonly timezone: string;
  readonly enabled: boolean;
  readonly name: string | null;
  /** JSON value for the call's body; null for none. */
  readonly payload: unknown;
}

const LONGEST_NAME = 128;
const LONGEST_PAYLOAD = 100_000;

/** A refused schedule: 400 with `success: false`, and the fault by field where there is one. */
export function scheduleFault(error: string, field?: string): ServiceError {
  const fieldErrors = field === undefined ? {} : { fieldErrors: { [field]: error } };
  return new ServiceError(400, null, { success: false, error, ...fieldErrors });
}

/**
 * A cron expression as the product accepts it: five fields of digits and `* / , -`, not restricted
 * by day of month and day of week at once, and not literally every one to four minutes. Whether the
 * numbers are in range is only judged when a job is made of it.
 */
export function checkedCron(text: string): string {
  const cron = text.trim().split(/\s+/).join(' ');
  const fields = cron.split(' ');
  if (fields.length !== 5) throw scheduleFault('Cron must have exactly 5 fields', 'cron');
  if (!fields.every((field) => /^[0-9*/,-]+$/.test(field))) {
    throw scheduleFault('Cron fields may only contain digits and * / , -', 'cron');
  }
  const [minute = '', hour, day, month, weekday] = fields;
  if (day !== '*' && weekday !== '*') {
    throw scheduleFault('Cron cannot restrict both day of month and day of week', 'cron');
  }
  const everyHour = [hour, day, month, weekday].every((field) => field === '*');
  if (everyHour && /^\*(\/[1-4])?$/.test(minute)) {
    throw scheduleFault('Schedules must be at least 5 minutes apart', 'cron');
  }
  return cron;
}

/** An IANA time zone that this runtime knows. */
export function checkedTimezone(text: string | undefined): string {
  const timezone = text?.trim() || 'UTC';
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return timezone;
  } catch {
    throw scheduleFault('Unknown time zone', 'timezone');
  }
}

/** Trimmed; an empty name is none. */
export function checkedName(text: string | null | undefined): string | null {
  const name = text?.trim() ?? '';
  if (name.length > LONGEST_NAME) {
    throw scheduleFault(`Name must be at most ${LONGEST_NAME} characters`, 'name');
  }
  return name === '' ? null : name;
}

/** Null, an object or an array of limited size; texts and numbers are refused. */
export function checkedPayload(payload: unknown): unknown {
  if (payload === undefined || payload === null) return null;
  if (typeof payload !== 'object') throw scheduleFault('Payload must be an object or an array', 'payload');
  if (JSON.stringify(payload).length > LONGEST_PAYLOAD) {
    throw scheduleFault(`Payload must be at most ${LONGEST_PAYLOAD} characters of JSON`, 'payload');
  }
  return payload;
}

/** Throws when no job can be made of an enabled schedule, as a job backend refuses it. */
export function requireJob(fields: Pick<ScheduleFields, 'cron' | 'timezone' | 'enabled'>): void {
  if (!fields.enabled) return;
  try {
    if (new Cron(fields.cron, { timezone: fields.timezone, mode: '5-part', paused: true }).nextRun()) return;
  } catch (error) {
    throw scheduleFault(`The schedule cannot run: ${textOf(error)}`);
  }
  throw scheduleFault('The schedule cannot run: it never comes due');
}
