import { z } from 'zod';
import type { TenantId } from '../../../core/ids.js';
import type { Database } from '../../database/sql.js';
import { checkedInput, refusal } from '../service-error.js';
import { type ServiceInstall, serviceInstall } from '../service-install.js';
import type { ServiceQuirks } from '../service-quirks.js';
import { CallLimit } from './call-limit.js';
import { type EndpointInfo, listEndpoints, selectEndpoint } from './endpoint-selection.js';
import {
  claimRun,
  deleteSchedule,
  findSchedule,
  listJobs,
  listSchedules,
  lockSchedules,
  recordRun,
  requireFreeName,
  type ScheduledJob,
  type ScheduleInfo,
  switchOff,
  writeSchedule,
} from './schedule-rows.js';
import {
  checkedCron,
  checkedName,
  checkedPayload,
  checkedTimezone,
  requireJob,
  scheduleFault,
} from './schedule-rules.js';

/**
 * Schedules of an install. `input` is the request body; results are the answers' bodies. Throws
 * `ServiceError`: NOT_FOUND (unknown or disabled install), RATE_LIMITED, a schema error, or a refused
 * schedule (400 with `success: false` and the fault by field).
 */
export interface SchedulerService {
  list(installId: string): Promise<{ schedules: ScheduleInfo[] }>;
  get(installId: string, input: unknown): Promise<{ schedule: ScheduleInfo | null }>;
  /** Answered with 201. */
  create(installId: string, input: unknown): Promise<{ success: true; scheduleId: string }>;
  update(installId: string, input: unknown): Promise<{ success: true }>;
  delete(installId: string, input: unknown): Promise<{ success: true }>;
  getEndpoints(installId: string): Promise<{ endpoints: EndpointInfo[] }>;

  /** For the process that runs the schedules of a tenant. */
  jobs(tenantId: TenantId): Promise<ScheduledJob[]>;
  recordRun(scheduleId: string, outcome: { status: 'success' | 'error'; error?: string }): Promise<void>;
  switchOff(scheduleId: string): Promise<void>;
  /** See `claimRun` of the rows: whether this process is the one to run what is due. */
  claimRun(scheduleId: string, due: Date): Promise<boolean>;
}

const MOST_SCHEDULES = 50;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

const scheduleId = z.string().regex(UUID, 'Invalid uuid');
const idRequest = z.object({ scheduleId });
const fields = z.object({
  endpoint: z.string().min(1).max(256),
  cron: z.string().min(1).max(128),
  timezone: z.string().max(64).optional(),
  enabled: z.boolean().optional(),
});
const createRequest = fields.extend({
  name: z.string().max(128).optional(),
  payload: z.unknown().optional(),
});
const updateRequest = fields.partial().extend({
  scheduleId,
  name: z.string().max(128).nullable().optional(),
  payload: z.unknown().optional(),
});

/** Makes the {@link SchedulerService} of a database; `limit` bounds the changes of each install. */
export function createSchedulerService(
  database: Database,
  options: ServiceQuirks & { limit?: CallLimit } = {},
): SchedulerService {
  const { quirks = false, limit = new CallLimit() } = options;
  const install = (installId: string): Promise<ServiceInstall> => enabledInstall(database, installId);
  return {
    list: async (installId) => ({ schedules: await listSchedules(database, await install(installId)) }),
    get: async (installId, input) => {
      const request = checkedInput(idRequest, input);
      const found = await findSchedule(database, await install(installId), request.scheduleId);
      return { schedule: found ?? null };
    },
    create: async (installId, input) => {
      const request = checkedInput(createRequest, input);
      limit.take(installId);
      return { success: true, scheduleId: await create(database, await install(installId), request) };
    },
    update: async (installId, input) => {
      const request = checkedInput(updateRequest, input);
      limit.take(installId);
      // The product's route hands on name and payload as null when the guest left them out.
      const wiped = quirks ? { name: null, payload: null, ...request } : request;
      await update(database, await install(installId), wiped);
      return { success: true };
    },
    delete: async (installId, input) => {
      const request = checkedInput(idRequest, input);
      limit.take(installId);
      const owner = await install(installId);
      await database.transaction(async (sql) => {
        await lockSchedules(sql, owner);
        if (!(await deleteSchedule(sql, owner, request.scheduleId)))
          throw scheduleFault('Schedule not found');
      });
      return { success: true };
    },
    getEndpoints: async (installId) => {
      const owner = await install(installId);
      return { endpoints: await database.transaction((sql) => listEndpoints(sql, owner)) };
    },
    jobs: (tenantId) => listJobs(database, tenantId),
    recordRun: (id, outcome) => recordRun(database, id, outcome),
    switchOff: (id) => switchOff(database, id),
    claimRun: (id, due) => claimRun(database, id, due),
  };
}

/** A disabled install has no scheduler: it is as unknown. */
async function enabledInstall(database: Database, installId: string): Promise<ServiceInstall> {
  const found = await serviceInstall(database, installId);
  if (!found?.enabled) throw refusal(404, 'NOT_FOUND', 'Extension install not found');
  return found;
}

async function create(
  database: Database,
  install: ServiceInstall,
  request: z.infer<typeof createRequest>,
): Promise<string> {
  const schedule = {
    cron: checkedCron(request.cron),
    timezone: checkedTimezone(request.timezone),
    name: checkedName(request.name),
    payload: checkedPayload(request.payload),
    enabled: request.enabled ?? true,
  };
  return database.transaction(async (sql) => {
    if ((await lockSchedules(sql, install)) >= MOST_SCHEDULES) {
      throw scheduleFault(`An extension can have at most ${MOST_SCHEDULES} schedules`);
    }
    const endpoint = await selectEndpoint(sql, install, request.endpoint);
    await requireFreeName(sql, install, schedule.name, null);
    requireJob(schedule);
    return writeSchedule(sql, install, { ...schedule, id: null, endpointId: endpoint.id });
  });
}

async function update(
  database: Database,
  install: ServiceInstall,
  request: z.infer<typeof updateRequest>,
): Promise<void> {
  await database.transaction(async (sql) => {
    await lockSchedules(sql, install);
    const old = await findSchedule(sql, install, request.scheduleId);
    if (old === undefined) throw scheduleFault('Schedule not found');
    const schedule = {
      id: old.id,
      cron: checkedCron(request.cron ?? old.cron),
      timezone: checkedTimezone(request.timezone ?? old.timezone),
      name: request.name === undefined ? old.name : checkedName(request.name),
      payload: request.payload === undefined ? old.payload : checkedPayload(request.payload),
      enabled: request.enabled ?? old.enabled,
    };
    const endpoint =
      request.endpoint === undefined ? undefined : await selectEndpoint(sql, install, request.endpoint);
    await requireFreeName(sql, install, schedule.name, old.id);
    requireJob(schedule);
    await writeSchedule(sql, install, { ...schedule, endpointId: endpoint?.id ?? null });
  });
}
