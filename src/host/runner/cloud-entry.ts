import { type RequestHandler, Router } from 'express';
import { contentHashSchema } from '../../core/ids.js';
import type { ExtensionDirectory } from '../extensions/extension-directory.js';

/**
 * How the product's cloud opens an extension: at `/` of its own origin, from where it is sent on to
 * its page. On the way `parentOrigin` and `_h` are lost, which an extension that relies on them only
 * notices there.
 */
export function cloudEntry(
  directory: ExtensionDirectory,
  isFrameSide: (host: string | undefined) => boolean,
): RequestHandler {
  return Router().get('/', (req, res, next) => {
    const hash = contentHashSchema.safeParse(req.query._h);
    if (!isFrameSide(req.headers.host) || !hash.success) return next();
    const served = directory.servedWith(hash.data);
    if (!served) return res.status(404).end();
    const { registryId, tenantId } = served;
    const query = new URLSearchParams({ tenant: tenantId, extensionId: registryId });
    res.setHeader('cache-control', 'no-store');
    res.redirect(307, `/ext-ui/${registryId}/${hash.data}/index.html?${query.toString()}`);
  });
}
