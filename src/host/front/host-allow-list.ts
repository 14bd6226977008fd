import type { RequestHandler } from 'express';
import { type HostNames, roleOfHost } from './host-names.js';

/** Answers 403 to every `Host` that is not exactly one of ours. */
export function allowOwnHosts(names: () => HostNames): RequestHandler {
  return (req, res, next) => {
    if (roleOfHost(names(), req.headers.host) !== undefined) return next();
    res.status(403).json({ error: 'host_not_allowed', message: `Open http://${names().page} instead.` });
  };
}
