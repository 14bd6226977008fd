import { type Request, type RequestHandler, Router } from 'express';
import type { z } from 'zod';
import type { TenantId } from '../../core/ids.js';
import { clientRecordSchema, serviceRecordSchema } from '../../registry/index.js';
import type { ClientList, ServiceList } from '../wire/author.js';
import { type AuthorContext, answerRefusal, parsed, Refused } from './author-context.js';

/** Clients and services of the tenant, which extensions read through `ext-clients` and `ext-services`. */
export function recordRoutes(context: AuthorContext): Router {
  const { business } = context.registry;
  const router = Router();
  router.get(
    '/clients',
    ofTenant(
      context,
      async (tenantId): Promise<ClientList> => ({ clients: await business.clients(tenantId) }),
    ),
  );
  router.put('/clients', saving(context, clientRecordSchema, business.saveClient));
  router.get(
    '/services',
    ofTenant(
      context,
      async (tenantId): Promise<ServiceList> => ({ services: await business.services(tenantId) }),
    ),
  );
  router.put('/services', saving(context, serviceRecordSchema, business.saveService));
  return router;
}

function saving<T>(
  context: AuthorContext,
  schema: z.ZodType<T>,
  save: (tenantId: TenantId, record: T) => Promise<boolean>,
): RequestHandler {
  return ofTenant(context, async (tenantId, req) => {
    if (!(await save(tenantId, parsed(schema, req.body)))) throw new Refused(404, 'The record is gone.');
    return {};
  });
}

function ofTenant(
  { tenantOf }: AuthorContext,
  route: (tenantId: TenantId, req: Request) => Promise<object>,
): RequestHandler {
  return async (req, res) => {
    try {
      const tenantId = await tenantOf(req);
      if (!tenantId) throw new Refused(404, 'There is no such tenant.');
      res.json(await route(tenantId, req));
    } catch (error) {
      answerRefusal(error, res);
    }
  };
}
