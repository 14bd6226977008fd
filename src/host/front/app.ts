import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { reportError } from '../../core/errors/alga-error.js';
import { allowOwnHosts } from './host-allow-list.js';
import type { HostNames } from './host-names.js';
import { refuseInvalidRequests } from './invalid-request.js';
import { checkRequestOrigin } from './request-origin.js';
import { addSecurityHeaders } from './security-headers.js';

/**
 * The order in which every request is looked at: malformed ones, foreign names, those that `admit`
 * turns away, those of sealed frames, foreign origins, then headers of all answers, then the routes.
 */
export function frontApp(
  names: () => HostNames,
  admit: RequestHandler,
  sealed: RequestHandler,
  routes: readonly RequestHandler[],
): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(refuseInvalidRequests());
  app.use(allowOwnHosts(names));
  app.use(admit);
  app.use(sealed);
  app.use(checkRequestOrigin(names));
  app.use(addSecurityHeaders());
  for (const route of routes) app.use(route);
  app.use((_req, res) => void res.status(404).json({ error: 'not_found' }));
  app.use(answerFailure);
  return app;
}

/** A body that cannot be read keeps its own status; everything else is our failure. */
const answerFailure: ErrorRequestHandler = (error: unknown, _req, res, _next) => {
  if (res.headersSent) return void res.destroy();
  const status = statusOf(error);
  if (status < 500) return void res.status(status).json({ error: 'bad_request' });
  const { code, message } = reportError(error);
  res.status(status).json({ error: 'internal_error', code, message });
};

function statusOf(error: unknown): number {
  if (typeof error === 'object' && error !== null && 'status' in error && typeof error.status === 'number') {
    return error.status >= 400 && error.status < 600 ? error.status : 500;
  }
  return 500;
}
