import express, { type ErrorRequestHandler, type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { AlgaError, textOf } from '../../core/errors/alga-error.js';
import { type RegistryId, registryIdSchema, type TenantId } from '../../core/ids.js';
import { hasExtensions, type Registry } from '../../registry/index.js';
import { Refused } from '../author/author-context.js';
import { sameSecret } from '../front/session-token.js';
import { type NamedTenants, namedTenant } from '../gateway/acting-tenant.js';
import { type ActingUser, chooseUser, may, userChoiceOf } from '../gateway/acting-user.js';
import { productDenied } from '../gateway/refusal.js';

const PREFIX = '/api/v1/extensions';
const installBody = z.object({ registryId: registryIdSchema, version: z.string().min(1).max(255) });
const uninstallBody = z.object({ registryId: registryIdSchema });

export interface InstallRequestOptions extends NamedTenants {
  readonly token: string;
  readonly registry: Pick<Registry, 'install' | 'uninstall'>;
  readonly users: (tenantId: TenantId) => Promise<readonly ActingUser[]>;
  /** Code of the product that a tenant runs. */
  readonly productOf: (tenantId: TenantId) => Promise<string | null>;
  /** Throws when that extension may not be installed or removed by hand. */
  readonly admit: (registryId: RegistryId) => void;
  readonly onInstallChange: () => void;
}

/**
 * `/api/v1/extensions/`: install and uninstall. The product has an update handler, but no address for
 * it. As with uploads the key is the session's token, where the product wants a key and a login.
 */
export function installRequestRoutes(options: InstallRequestOptions): Router {
  const { registry, admit, onInstallChange } = options;
  const router = Router();
  const json = express.json({ limit: '64kb', type: () => true });
  router.post(`${PREFIX}/install`, json, async (req, res) => {
    const asked = await admitted(options, installBody, req, res);
    if (!asked) return;
    const { tenantId, body } = asked;
    admit(body.registryId);
    const { installId } = await registry.install({ tenantId, ...body });
    onInstallChange();
    res.status(202).json({ data: { ...body, installId, success: true, message: 'Extension installed' } });
  });
  router.post(`${PREFIX}/uninstall`, json, async (req, res) => {
    const asked = await admitted(options, uninstallBody, req, res);
    if (!asked) return;
    const { tenantId, body } = asked;
    admit(body.registryId);
    const { removed } = await registry.uninstall({ tenantId, ...body });
    if (removed) onInstallChange();
    const message = removed ? 'Extension uninstalled' : 'Extension was not installed';
    res.json({ data: { ...body, success: true, message } });
  });
  router.use(PREFIX, answerFailure);
  return router;
}

/** Key, tenant, right, product and body, in this order; undefined when it was answered already. */
async function admitted<T>(
  options: InstallRequestOptions,
  schema: z.ZodType<T>,
  req: Request,
  res: Response,
): Promise<{ tenantId: TenantId; body: T } | undefined> {
  if (!sameSecret(req.get('x-api-key'), options.token))
    return refuse(res, 401, 'UNAUTHORIZED', 'Invalid API key');
  const tenantId = await namedTenant(options, req);
  const user = tenantId && chooseUser(await options.users(tenantId), userChoiceOf(req.headers));
  if (!tenantId || !user) return refuse(res, 401, 'UNAUTHORIZED', 'Nobody is signed in for this tenant');
  if (user.userType !== 'internal' || !may(user, 'write')) {
    return refuse(res, 403, 'FORBIDDEN', 'Permission denied: extension:write');
  }
  const product = await options.productOf(tenantId);
  if (product !== null && !hasExtensions(product)) {
    const { code, message, details } = productDenied(product).fault;
    return refuse(res, 403, code, message, details);
  }
  const body = schema.safeParse(req.body ?? {});
  if (body.success) return { tenantId, body: body.data };
  return refuse(res, 400, 'VALIDATION_ERROR', 'Validation failed', z.flattenError(body.error));
}

/** An unknown version is an unexpected failure in the product; the text is our own. */
const answerFailure: ErrorRequestHandler = (error: unknown, _req, res, _next) => {
  if (error instanceof SyntaxError) return refuse(res, 400, 'VALIDATION_ERROR', 'The body is not JSON');
  if (error instanceof Refused) return refuse(res, error.status, 'EXTENSION_IN_SESSION', error.message);
  const text = error instanceof AlgaError ? `${error.message} ${error.hint}` : textOf(error);
  refuse(res, 500, 'INTERNAL_ERROR', text);
};

function refuse(res: Response, status: number, code: string, message: string, details?: unknown): undefined {
  if (!(res.req as Request).complete) res.setHeader('connection', 'close');
  res.status(status).json({ error: { code, message, ...(details === undefined ? {} : { details }) } });
}
