import { Router } from 'express';
import { requireApiKey } from './runner-auth.js';

/** What the two resolution endpoints of the runner need. */
export interface InstallResolution {
  /** Whether a hash may be served for a tenant's install; false for anything that is not an id or a hash. */
  validate(tenant: string, extension: string, hash: string): Promise<boolean>;
  lookupByHost(
    host: string,
  ): Promise<{ tenantId: string; extensionId: string; contentHash: string } | undefined>;
}

/** `GET /api/installs/validate` and `/api/installs/lookup-by-host`, asked by the runner only. */
export function installRoutes(authKey: string, installs: InstallResolution): Router {
  const router = Router();
  router.use('/api/installs', requireApiKey(authKey));
  router.get('/api/installs/validate', async (req, res) => {
    const { tenant, extension, hash } = req.query;
    const asked = [tenant, extension, hash].every((value) => typeof value === 'string' && value !== '');
    // The product says `false` to everything it cannot tell, and never an error.
    const valid =
      asked && (await installs.validate(String(tenant), String(extension), String(hash)).catch(() => false));
    res.json({ valid });
  });
  router.get('/api/installs/lookup-by-host', async (req, res) => {
    const { host } = req.query;
    if (typeof host !== 'string' || host === '') return res.status(400).json({ error: 'missing_host' });
    try {
      const found = await installs.lookupByHost(host);
      if (!found) return res.status(404).json({ error: 'not_found' });
      res.json({
        tenant_id: found.tenantId,
        extension_id: found.extensionId,
        content_hash: found.contentHash,
      });
    } catch {
      res.status(500).json({ error: 'server_error' });
    }
  });
  return router;
}
