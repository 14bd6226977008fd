import type { Request, RequestHandler, Response } from 'express';
import { sameSecret } from '../front/session-token.js';

/** Calls of one caller and route in {@link WINDOW_MS}; refused ones are not counted. */
const MOST_CALLS = 30;
const WINDOW_MS = 60_000;

/** Header in which an answer of the upload says which rule was broken. */
export const WHY_HEADER = 'x-upload-proxy-why';

/**
 * What every call has to pass, in the product's order: a key, the mark of an administrator, a limit
 * of calls. The product takes any key; here only the session's token is one, so that no page of
 * another site and no other program of this machine can publish.
 */
export function bundleGates(token: string): RequestHandler {
  const calls: number[] = [];
  return (req, res, next) => {
    if (!sameSecret(req.get('x-api-key'), token)) {
      return res.status(401).json({ error: 'Unauthorized: Invalid API key' });
    }
    if (req.get('x-alga-admin')?.toLowerCase() !== 'true') {
      res.setHeader(WHY_HEADER, 'rbac_forbidden_missing_admin_header');
      return refuse(res, 403, 'RBAC_FORBIDDEN', 'Forbidden');
    }
    const now = performance.now();
    while (calls[0] !== undefined && now - calls[0] >= WINDOW_MS) calls.shift();
    if (calls.length >= MOST_CALLS) {
      res.setHeader(WHY_HEADER, 'rate_limited');
      return refuse(res, 429, 'RATE_LIMIT', 'Too Many Requests');
    }
    calls.push(now);
    next();
  };
}

/** The form of every refusal but that of a known version. */
export function refuse(res: Response, status: number, code: string, error: string, details?: unknown): void {
  // What was not read of a body would be taken for the next request on this connection.
  if (!(res.req as Request).complete) res.setHeader('connection', 'close');
  res.status(status).json({ error, code, ...(details === undefined ? {} : { details }) });
}
