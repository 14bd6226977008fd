import { Router } from 'express';
import { z } from 'zod';
import type { Install } from '../../registry/index.js';
import type { BundleInstaller } from '../door.js';
import type { ExtensionDirectory } from '../extensions/extension-directory.js';
import { readBody } from '../front/request-body.js';
import type { InstallEntry, InstallList, VersionList } from '../wire/author.js';
import { type AuthorContext, aboutInstall, answerRefusal, parsed, Refused } from './author-context.js';

/** Limit of the product, compressed. */
const MAX_BUNDLE_BYTES = 200 * 1024 * 1024;

const enabledBody = z.strictObject({ enabled: z.boolean() });
const grantBody = z.strictObject({ capabilities: z.array(z.string().max(100)).max(50) });

/** Told when an install was changed from the page, so that menus and schedules follow. */
export type InstallListener = () => void;

/** The installs of the tenant: list, switch on and off, grant, remove; and the bundles of a version. */
export function installRoutes(
  context: AuthorContext,
  directory: ExtensionDirectory,
  installer: BundleInstaller | undefined,
  onChange: InstallListener,
): Router {
  const router = Router();
  const { registry } = context;
  router.get('/installs', async (req, res) => {
    const tenantId = await context.tenantOf(req);
    const installs = tenantId ? await registry.listExtensions(tenantId) : [];
    const list: InstallList = {
      installs: installs.map((install) => entryOf(install, directory)),
      canInstall: installer !== undefined,
    };
    res.json(list);
  });
  router.post('/installs/bundle', async (req, res) => {
    const tenantId = await context.tenantOf(req);
    const bytes = await readBody(req, MAX_BUNDLE_BYTES);
    try {
      if (!tenantId || !installer) throw new Refused(409, 'Bundles cannot be installed here.');
      if (!bytes) throw new Refused(413, 'A bundle may have 200 MiB at most.');
      res.json(await installer.install(tenantId, bytes));
      onChange();
    } catch (error) {
      answerRefusal(error, res);
    }
  });
  router.get(
    '/extensions/:registryId/versions',
    aboutInstall(context, async ({ versionId, version, contentHash }): Promise<VersionList> => {
      const history = await registry.bundleHistory(versionId);
      const bundles = history.map((bundle) => ({
        contentHash: bundle.contentHash,
        sizeBytes: bundle.sizeBytes,
        since: bundle.createdAt?.toISOString() ?? null,
        active: bundle.contentHash === contentHash,
      }));
      return { version, bundles };
    }),
  );
  router.patch(
    '/extensions/:registryId/enabled',
    aboutInstall(context, async ({ installId }, req) => {
      await registry.setEnabled(installId, parsed(enabledBody, req.body).enabled);
      onChange();
    }),
  );
  router.put(
    '/extensions/:registryId/capabilities',
    aboutInstall(context, async ({ installId }, req) => {
      await registry.setGrantedCapabilities(installId, parsed(grantBody, req.body).capabilities);
    }),
  );
  router.delete(
    '/extensions/:registryId',
    aboutInstall(context, async ({ tenantId, registryId }) => {
      if (directory.get(registryId)) {
        throw new Refused(409, 'alga dev works on this extension: the next save would install it again.');
      }
      await registry.uninstall({ tenantId, registryId });
      onChange();
    }),
  );
  return router;
}

function entryOf(install: Install, directory: ExtensionDirectory): InstallEntry {
  return {
    registryId: install.registryId,
    installId: install.installId,
    extension: `${install.publisher}/${install.name}`,
    displayName: install.displayName,
    description: install.description,
    version: install.version,
    contentHash: install.contentHash,
    enabled: install.isEnabled && install.status === 'enabled',
    declared: install.capabilities,
    granted: install.grantedCapabilities,
    inSession: directory.get(install.registryId) !== undefined,
  };
}
