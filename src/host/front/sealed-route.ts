import { type RequestHandler, Router } from 'express';
import { type HostNames, roleOfHost } from './host-names.js';
import { SEALED_PATH, type SealedFrames } from './sealed-frames.js';

/**
 * Answers the frames whose origin is `null`: under the frame's name only, and only with the key of
 * the extension in the address. Such a frame reads module scripts and fonts as another origin does,
 * so these answers, and no others, name that origin. `routes` see their paths without the key.
 */
export function sealedRoute(
  seals: SealedFrames,
  names: () => HostNames,
  routes: readonly RequestHandler[],
): Router {
  const router = Router();
  router.use(SEALED_PATH, (req, res, next) => {
    const { origin, host } = req.headers;
    const isFrames = roleOfHost(names(), host) === 'frame' && (origin === undefined || origin === 'null');
    res.setHeader('x-content-type-options', 'nosniff');
    res.setHeader('vary', 'origin');
    if (!isFrames || !seals.opened(req.originalUrl)) {
      res.setHeader('cross-origin-resource-policy', 'same-origin');
      return res
        .status(403)
        .json({ error: 'origin_not_allowed', message: 'this frame is not of a page here' });
    }
    res.setHeader('cross-origin-resource-policy', 'cross-origin');
    if (origin !== undefined) res.setHeader('access-control-allow-origin', 'null');
    next();
  });
  router.use(`${SEALED_PATH}/:registryId/:key`, ...routes);
  return router.use(SEALED_PATH, (_req, res) => void res.status(404).json({ error: 'not_found' }));
}
