import express, { Router } from 'express';
import { z } from 'zod';
import { type TenantId, tenantIdSchema } from '../../core/ids.js';
import type { Install } from '../../registry/index.js';
import type { GatewayData, Hydration } from '../gateway/gateway-data.js';
import { requireRunnerAuth } from './runner-auth.js';

const requestSchema = z.object({ tenantId: z.string().min(1), extensionId: z.string().min(1) });

/** `POST /api/internal/ext-runner/install-config`: everything a runner could need of an install. */
export function installConfigRoute(
  serviceToken: string,
  data: Pick<GatewayData, 'findInstall' | 'hydrate'>,
): Router {
  const router = Router();
  const path = '/api/internal/ext-runner/install-config';
  router.post(path, requireRunnerAuth(serviceToken, { error: 'unauthorized' }));
  router.post(path, express.json(), async (req, res) => {
    const asked = requestSchema.safeParse(req.body);
    if (!asked.success) {
      return res.status(400).json({ error: 'invalid_request', details: z.flattenError(asked.error) });
    }
    const tenantId = tenantIdSchema.safeParse(asked.data.tenantId);
    const found = tenantId.success ? await hydrated(data, tenantId.data, asked.data.extensionId) : undefined;
    if (!found) return res.status(404).json({ error: 'install_not_found' });
    res.json(answerOf(found));
  });
  router.use(path, failed);
  return router;
}

/** A body that is not JSON ends here too: the product answers it as its own failure. */
const failed: express.ErrorRequestHandler = (_error, _req, res, _next) => {
  res.status(500).json({ error: 'internal_error' });
};

async function hydrated(
  data: Pick<GatewayData, 'findInstall' | 'hydrate'>,
  tenantId: TenantId,
  extensionId: string,
): Promise<Hydration<Install> | undefined> {
  const install = await data.findInstall(tenantId, extensionId);
  return install && data.hydrate(tenantId, install.registryId);
}

function answerOf({ install, config, secretEnvelope }: Hydration<Install>): Record<string, unknown> {
  return {
    tenantId: install.tenantId,
    extensionSlug: install.slug,
    installId: install.installId,
    versionId: install.versionId,
    registryId: install.registryId,
    contentHash: install.contentHash,
    config,
    providers: install.providers,
    ...(install.configVersion === null ? {} : { configVersion: install.configVersion }),
    ...(install.secretsVersion === null ? {} : { secretsVersion: install.secretsVersion }),
    secretEnvelope: secretEnvelope ?? null,
    updatedAt: install.updatedAt.toISOString(),
  };
}
