import type { Request, RequestHandler, Response } from 'express';
import { readBody } from '../front/request-body.js';
import type { RequestRecord } from '../wire/records.js';
import type { TenantOf } from './acting-tenant.js';
import { userChoiceOf } from './acting-user.js';
import type { Gateway } from './gateway.js';
import type { GatewayAnswer } from './gateway-call.js';
import type { GatewayRoute } from './guest-headers.js';
import { refusals } from './refusal.js';
import { readTarget } from './request-target.js';

/** Header by which pages of this host mark what a request is for. Never reaches a guest. */
export const PURPOSE_HEADER = 'x-alga-dev-purpose';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** One gateway route, to be mounted under its prefix. `tenantOf` gives the tenant of the caller's session. */
export function gatewayRoute(gateway: Gateway, route: GatewayRoute, tenantOf: TenantOf): RequestHandler {
  return async (req, res) => {
    const target = readTarget(req.url, route === 'ext-proxy');
    if (req.method === 'OPTIONS') {
      res.status(204).setHeader('allow', [...METHODS, 'OPTIONS'].join(', '));
      res.end();
      return;
    }
    if (!METHODS.includes(req.method)) {
      res.status(405).setHeader('allow', METHODS.join(', '));
      res.end();
      return;
    }
    const tenantId = await tenantOf(req);
    if (!target) {
      res.status(400).json({ error: 'bad_request' });
      return;
    }
    if (!tenantId) {
      res.status(401).json({ error: refusals.signedOut.error });
      return;
    }
    const answer = await gateway.handle({
      ...target,
      route,
      method: req.method,
      headers: req.headers,
      readBody: (limit) => readBody(req, limit),
      origin: originOf(req),
      tenantId,
      user: userChoiceOf(req.headers),
    });
    send(req, res, answer);
  };
}

function originOf(req: Request): RequestRecord['origin'] {
  const purpose = req.get(PURPOSE_HEADER);
  return purpose === 'bridge' || purpose === 'replay' ? purpose : 'direct';
}

function send(req: Request, res: Response, answer: GatewayAnswer): void {
  for (const [name, value] of Object.entries(answer.headers)) setHeaderSafely(res, name, value);
  const withoutBody = req.method === 'HEAD' || answer.status === 204 || answer.status === 304;
  const body = answer.body ?? Buffer.alloc(0);
  // A body that was not read would be taken for the next request on this connection.
  if (!req.complete) res.setHeader('connection', 'close');
  res.statusCode = answer.status;
  if (!withoutBody) res.setHeader('content-length', body.length);
  res.end(withoutBody ? undefined : body);
}

/** A guest may name or fill a header in a way HTTP does not allow; that header is left out. */
function setHeaderSafely(res: Response, name: string, value: string): void {
  try {
    res.setHeader(name, value);
  } catch {
    res.setHeader('x-ext-warning', `header ${name} has an invalid value and was dropped`);
  }
}
