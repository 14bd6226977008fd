import { Router } from 'express';
import { textOf } from '../../core/errors/alga-error.js';
import { type HostServices, ServiceError } from '../../registry/index.js';
import { readBody } from '../front/request-body.js';
import { sameSecret } from '../front/session-token.js';
import type { HostCall } from '../wire/records.js';
import { INTERNAL_ERROR, type ServiceDescription, serviceDescriptions } from './service-operations.js';

/** Largest body of a call; the services' own limits are far below. */
const BODY_LIMIT = 4 * 1024 * 1024;

/** Told of every call, with the install it was made for and the request it belongs to, if the runner says so. */
export type HostCallListener = (
  of: { readonly installId: string; readonly requestId: string | undefined },
  call: HostCall,
) => void;

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly operation: string;
  /** Text for the author when the service failed in a way its answer does not show. */
  readonly hidden?: string;
}

/**
 * `POST /api/internal/ext-<service>/install/<installId>`: what the runner asks on behalf of guests.
 * The token comes first; the tenant follows from the install, never from the request.
 */
export function serviceRoutes(
  serviceToken: string,
  services: HostServices,
  onCall: HostCallListener,
): Router {
  const router = Router();
  const descriptions = serviceDescriptions(services);
  router.post('/api/internal/:service/install/:installId', async (req, res, next) => {
    const { service, installId } = req.params;
    const description = Object.hasOwn(descriptions, service) ? descriptions[service] : undefined;
    if (!description) return next();
    if (!sameSecret(req.get('x-runner-auth'), serviceToken)) {
      return res.status(401).json(description.unauthorized);
    }
    const began = performance.now();
    const bytes = await readBody(req, BODY_LIMIT);
    const answer = await perform(description, installId, bytes);
    res.status(answer.status).json(answer.body);
    const error = answer.hidden ?? errorOf(answer);
    const remark = service === 'ext-storage' ? remarkOf(answer) : undefined;
    onCall(
      { installId, requestId: req.get('x-request-id') },
      {
        at: new Date().toISOString(),
        service,
        operation: answer.operation,
        status: answer.status,
        ms: Math.round((performance.now() - began) * 100) / 100,
        ...(error === undefined ? {} : { error }),
        ...(remark === undefined ? {} : { remark }),
      },
    );
  });
  return router;
}

async function perform(
  description: ServiceDescription,
  installId: string,
  bytes: Buffer | undefined,
): Promise<Answer> {
  const body = bytes && jsonOf(bytes);
  if (typeof body !== 'object' || body === null) return { ...description.badJson, operation: '?' };
  const name = 'operation' in body ? String(body.operation) : '';
  const operation = Object.hasOwn(description.operations, name) ? description.operations[name] : undefined;
  if (!operation) return { status: 400, body: description.unknownOperation, operation: name };
  try {
    return { status: operation.status, body: await operation.call(installId, body), operation: name };
  } catch (error) {
    if (error instanceof ServiceError) return { status: error.status, body: error.body, operation: name };
    return { status: 500, body: INTERNAL_ERROR, operation: name, hidden: textOf(error) };
  }
}

function errorOf({ status, body }: Answer): string | undefined {
  if (status < 400 || typeof body !== 'object' || body === null || !('error' in body)) return undefined;
  return String(body.error);
}

/** The runner asks for one page and throws the cursor away, so a guest takes the page for all there is. */
function remarkOf({ operation, body }: Answer): string | undefined {
  const isCut = operation === 'list' && typeof body === 'object' && body !== null && 'nextCursor' in body;
  if (!isCut || body.nextCursor === null) return undefined;
  return 'The storage has more keys than the one page of 25 that a guest is given, and the guest is not told';
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
