import { type RequestHandler, Router } from 'express';
import { z } from 'zod';
import type { ScheduleInfo, SchedulerService } from '../../registry/index.js';
import { nextRun } from '../schedules/schedule-times.js';
import type { LocalScheduler } from '../schedules/scheduler.js';
import type { RunNowAnswer, ScheduleEntry, ScheduleList } from '../wire/author.js';
import { type AuthorContext, aboutInstall, param, parsed, Refused } from './author-context.js';

const createBody = z.strictObject({
  endpoint: z.string(),
  cron: z.string(),
  timezone: z.string().optional(),
  name: z.string().optional(),
  payload: z.unknown().optional(),
});
const changeBody = z.strictObject({ enabled: z.boolean() });

/** Schedules of the install: see, make, switch, run now, delete. The rules are those guests meet. */
export function scheduleRoutes(context: AuthorContext, local: LocalScheduler): Router {
  const router = Router({ mergeParams: true });
  const { scheduler } = context.registry.services;
  router.get('/', listSchedules(scheduler, context));
  router.post(
    '/',
    aboutInstall(context, async ({ installId }, req) => {
      const created = await scheduler.create(installId, parsed(createBody, req.body));
      local.refresh();
      return created;
    }),
  );
  router.patch(
    '/:scheduleId',
    aboutInstall(context, async ({ installId }, req) => {
      const scheduleId = param(req, 'scheduleId');
      await scheduler.update(installId, { scheduleId, ...parsed(changeBody, req.body) });
      local.refresh();
    }),
  );
  router.delete(
    '/:scheduleId',
    aboutInstall(context, async ({ installId }, req) => {
      await scheduler.delete(installId, { scheduleId: param(req, 'scheduleId') });
      local.refresh();
    }),
  );
  router.post('/:scheduleId/run', runNow(local, context));
  return router;
}

function listSchedules(scheduler: SchedulerService, context: AuthorContext): RequestHandler {
  return aboutInstall(context, async ({ installId }): Promise<ScheduleList> => {
    const { schedules } = await scheduler.list(installId);
    const { endpoints } = await scheduler.getEndpoints(installId);
    const schedulable = endpoints.filter((endpoint) => endpoint.schedulable);
    return {
      schedules: schedules.map(entryOf),
      endpoints: schedulable.map(({ method, path }) => `${method} ${path}`),
    };
  });
}

function runNow(local: LocalScheduler, context: AuthorContext): RequestHandler {
  return aboutInstall(context, async ({ tenantId }, req): Promise<RunNowAnswer> => {
    const result = await local.runNow(tenantId, param(req, 'scheduleId'));
    if (result === undefined)
      throw new Refused(404, 'The schedule is gone, or its extension is switched off.');
    if (result === 'limited') throw new Refused(429, 'A schedule can be run by hand five times a minute.');
    return result;
  });
}

function entryOf(info: ScheduleInfo): ScheduleEntry {
  const { endpointMethod, endpointPath, createdAt: _createdAt, ...rest } = info;
  const next = info.enabled ? nextRun(info.cron, info.timezone, new Date()) : undefined;
  return { ...rest, endpoint: `${endpointMethod} ${endpointPath}`, nextRun: next?.toISOString() ?? null };
}
