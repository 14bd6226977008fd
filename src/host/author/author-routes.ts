import express, { Router } from 'express';
import { requireSessionToken } from '../front/session-token.js';
import type { RequestLog } from '../requests/request-log.js';
import type { LocalScheduler } from '../schedules/scheduler.js';
import { type InstallRouteOptions, installRoutes } from './install-routes.js';
import { recordRoutes } from './record-routes.js';
import { scheduleRoutes } from './schedule-routes.js';
import { configRoutes, secretRoutes } from './secret-routes.js';
import { storageRoutes } from './storage-routes.js';

export interface AuthorOptions extends InstallRouteOptions {
  readonly token: string;
  readonly requests: RequestLog;
  readonly scheduler: LocalScheduler;
}

const PREFIX = '/__alga/api';

/** What the panels of the pages ask and change; every one of these routes needs the session's token. */
export function authorRoutes(options: AuthorOptions): Router {
  const { requests, scheduler } = options;
  const router = Router();
  const api = Router();
  api.use(requireSessionToken(options.token));
  api.use(express.json({ limit: '1mb' }));
  api.get('/requests', (_req, res) => void res.json({ requests: requests.recent() }));
  api.use('/extensions/:registryId/storage', storageRoutes(options));
  api.use('/extensions/:registryId/secrets', secretRoutes(options));
  api.use('/extensions/:registryId/config', configRoutes(options));
  api.use('/extensions/:registryId/schedules', scheduleRoutes(options, scheduler));
  api.use('/records', recordRoutes(options));
  api.use(installRoutes(options));
  router.use(PREFIX, (_req, res, next) => {
    res.setHeader('cache-control', 'no-store');
    next();
  });
  router.use(PREFIX, api);
  return router;
}
