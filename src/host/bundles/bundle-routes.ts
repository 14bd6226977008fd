import express, { type ErrorRequestHandler, Router } from 'express';
import { textOf } from '../../core/errors/alga-error.js';
import type { BundleInstaller } from '../door.js';
import { abortBundle, type FinalizeOptions, finalizeBundle } from './bundle-finalize.js';
import { bundleGates, refuse } from './bundle-gates.js';
import { uploadBundle } from './bundle-upload.js';

export interface BundleRouteOptions extends Omit<FinalizeOptions, 'installer'> {
  readonly token: string;
  readonly installer: BundleInstaller | undefined;
}

const PREFIX = '/api/ext-bundles';

/**
 * `/api/ext-bundles/`: upload-proxy, finalize and abort. Installing what was published is another
 * step, as in the product. Without an installer the routes do not exist.
 */
export function bundleRoutes({ token, installer, ...options }: BundleRouteOptions): Router {
  const router = Router();
  if (!installer) return router;
  const json = express.json({ limit: '1mb', type: () => true });
  // A counter of calls for each route.
  router.post(`${PREFIX}/upload-proxy`, bundleGates(token), uploadBundle(options.staged));
  router.post(`${PREFIX}/finalize`, bundleGates(token), json, finalizeBundle({ ...options, installer }));
  router.post(`${PREFIX}/abort`, bundleGates(token), json, abortBundle(options.staged));
  router.use(PREFIX, answerUnexpected);
  return router;
}

/** A body that is not JSON is the caller's fault; everything else is ours. */
const answerUnexpected: ErrorRequestHandler = (error: unknown, req, res, _next) => {
  if (res.headersSent) return void res.destroy();
  if (error instanceof SyntaxError) return refuse(res, 400, 'BAD_REQUEST', 'The body is not JSON');
  if (req.path.endsWith('/upload-proxy')) res.setHeader('x-upload-proxy-why', 'unhandled_exception');
  refuse(res, 500, 'INTERNAL_ERROR', textOf(error));
};
