import { ok, type Result } from '../../../runner/src/capabilities/result.js';
import type { ManifestEndpoint } from '../../project/types.js';
import {
  checkedCron,
  checkedName,
  checkedPayload,
  checkedTimezone,
  scheduleFault,
} from '../../registry/services/scheduler/schedule-rules.js';
import { ServiceError } from '../../registry/services/service-error.js';
import type { TestSchedule } from '../api.js';

interface ScheduleInput {
  readonly endpoint?: string;
  readonly cron?: string;
  readonly timezone?: string;
  readonly enabled?: boolean;
  readonly name?: string;
  /** JSON text. */
  readonly payload?: string;
}

interface Changed {
  readonly success: boolean;
  readonly scheduleId?: string;
  readonly error?: string;
  /** JSON text of an object. */
  readonly fieldErrors?: string;
}

/** Schedules of one install over the endpoints of its manifest, by the product's rules. Nothing ever comes due. */
export class MemoryScheduler {
  readonly schedules: TestSchedule[] = [];
  readonly #endpoints: readonly ManifestEndpoint[];
  #made = 0;

  constructor(endpoints: readonly ManifestEndpoint[]) {
    this.#endpoints = endpoints;
  }

  clear(): void {
    this.schedules.length = 0;
    this.#made = 0;
  }

  list(): Result<TestSchedule[], never> {
    return ok([...this.schedules]);
  }

  get(id: string): Result<TestSchedule | undefined, never> {
    return ok(this.schedules.find((schedule) => schedule.id === id));
  }

  endpoints(): Result<object[], never> {
    return ok(
      this.#endpoints.map((endpoint, index) => ({ id: idOf(index), ...endpoint, ...kindOf(endpoint) })),
    );
  }

  create(input: ScheduleInput): Changed {
    return answered(() => {
      const fields = this.#checked(input, undefined);
      const id = idOf(++this.#made);
      this.schedules.push({ id, ...fields });
      return { success: true, scheduleId: id };
    });
  }

  /** A name or payload that is left out is taken away, as in the product. */
  update(id: string, input: ScheduleInput): Changed {
    return answered(() => {
      const at = this.schedules.findIndex((schedule) => schedule.id === id);
      const known = this.schedules[at];
      if (known === undefined) throw scheduleFault('Schedule not found');
      this.schedules[at] = { id, ...this.#checked(input, known) };
      return { success: true };
    });
  }

  remove(id: string): Changed {
    const at = this.schedules.findIndex((schedule) => schedule.id === id);
    if (at < 0) return { success: false, error: 'Schedule not found' };
    this.schedules.splice(at, 1);
    return { success: true };
  }

  #checked(input: ScheduleInput, known: TestSchedule | undefined): Omit<TestSchedule, 'id'> {
    const endpoint = this.#endpoint(input.endpoint, known);
    const name = checkedName(input.name) ?? undefined;
    const taken = this.schedules.some(
      (other) => name !== undefined && other.name === name && other !== known,
    );
    if (taken) throw scheduleFault('A schedule with this name exists', 'name');
    return {
      ...endpoint,
      cron: checkedCron(input.cron ?? known?.cron ?? ''),
      timezone: checkedTimezone(input.timezone ?? known?.timezone),
      enabled: input.enabled ?? known?.enabled ?? true,
      name,
      payload: payloadText(input.payload),
    };
  }

  #endpoint(
    selector: string | undefined,
    known: TestSchedule | undefined,
  ): Pick<TestSchedule, 'endpointPath' | 'endpointMethod'> {
    if (selector === undefined && known !== undefined) {
      return { endpointPath: known.endpointPath, endpointMethod: known.endpointMethod };
    }
    const [, method, rest = ''] = /^(?:([A-Za-z]+)\s+)?(.*)$/s.exec(selector?.trim() ?? '') ?? [];
    const path = `/${rest.trim()}`.replace(/\/{2,}/g, '/');
    const found = this.#endpoints.filter(
      (endpoint) =>
        endpoint.path === path && (method === undefined || endpoint.method === method.toUpperCase()),
    );
    const chosen = found.find((endpoint) => kindOf(endpoint).schedulable);
    if (chosen !== undefined) return { endpointPath: chosen.path, endpointMethod: chosen.method };
    throw scheduleFault(
      found.length === 0 ? 'Endpoint not found' : 'Endpoint cannot be scheduled',
      'endpoint',
    );
  }
}

function kindOf({ method, path }: ManifestEndpoint): { schedulable: boolean } {
  return { schedulable: (method === 'GET' || method === 'POST') && !/[:{}]/.test(path) };
}

function payloadText(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw scheduleFault('Payload must be valid JSON object or array', 'payload');
  }
  return checkedPayload(value) === null ? undefined : text;
}

function answered(change: () => Changed): Changed {
  try {
    return change();
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const { error: text, fieldErrors } = error.body as { error: string; fieldErrors?: object };
    return { success: false, error: text, ...(fieldErrors && { fieldErrors: JSON.stringify(fieldErrors) }) };
  }
}

function idOf(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}
