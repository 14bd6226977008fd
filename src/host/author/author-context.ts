import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { AlgaError } from '../../core/errors/alga-error.js';
import { type Install, type Registry, ServiceError } from '../../registry/index.js';
import { registryIdOf } from '../extensions/extension-directory.js';
import type { TenantOf } from '../gateway/acting-tenant.js';

/** What the author's routes stand on. */
export interface AuthorContext {
  readonly registry: Registry;
  readonly tenantOf: TenantOf;
}

/** A route about one install; its result becomes the JSON answer. */
type InstallRoute = (install: Install, req: Request) => Promise<unknown>;

/** A refusal of an author's route: a status and a sentence for the page. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Finds the install that `:registryId` names, switched on or not, and answers with what the route gives. */
export function aboutInstall(context: AuthorContext, route: InstallRoute): RequestHandler {
  return async (req, res) => {
    try {
      const install = await findInstall(context, req);
      res.json((await route(install, req)) ?? {});
    } catch (error) {
      answerRefusal(error, res);
    }
  };
}

async function findInstall({ registry, tenantOf }: AuthorContext, req: Request): Promise<Install> {
  const tenantId = await tenantOf(req);
  const registryId = registryIdOf(String(req.params.registryId));
  const install =
    tenantId && registryId && (await registry.findInstall(registryId, tenantId, { includeDisabled: true }));
  if (!install) throw new Refused(404, 'The extension is not installed for this tenant.');
  return install;
}

/** Refusals keep their status and sentence; what is unexpected goes on to the error handler. */
export function answerRefusal(error: unknown, res: Response): void {
  if (error instanceof Refused || error instanceof ServiceError) {
    res.status(error.status).json({ error: error.message });
  } else if (error instanceof AlgaError) {
    res.status(400).json({ error: `${error.message} ${error.hint}` });
  } else {
    throw error;
  }
}

/** The parameter of a route. */
export function param(req: Request, name: string): string {
  return String(req.params[name] ?? '');
}

/** Input as the schema has it, or a refusal that names the field. */
export function parsed<T>(schema: z.ZodType<T>, input: unknown): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new Refused(400, z.prettifyError(result.error));
}
