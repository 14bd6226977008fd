import { type RequestHandler, Router } from 'express';
import { z } from 'zod';
import { type RegistryId, registryIdSchema } from '../../core/ids.js';
import { KNOWN_CAPABILITIES } from '../../project/capabilities.js';
import type { Install } from '../../registry/index.js';
import type { BundleInstaller } from '../door.js';
import type { ExtensionDirectory } from '../extensions/extension-directory.js';
import type { InstallEntry, InstallList, VersionList } from '../wire/author.js';
import { type AuthorContext, aboutInstall, answerRefusal, parsed, Refused } from './author-context.js';

const enabledBody = z.strictObject({ enabled: z.boolean() });
const installBody = z.strictObject({ registryId: registryIdSchema, version: z.string().max(255) });
const grantBody = z.strictObject({ capabilities: z.array(z.string().max(100)).max(50) });

export interface InstallRouteOptions extends AuthorContext {
  readonly directory: ExtensionDirectory;
  readonly installer: BundleInstaller | undefined;
  /** Told when an install was changed from the page, so that menus and schedules follow. */
  readonly onInstallChange: () => void;
}

/** The installs of the tenant: list, install, switch on and off, grant, remove; and the bundles of a version. */
export function installRoutes(options: InstallRouteOptions): Router {
  const router = Router();
  router.get('/installs', listInstalls(options));
  router.post('/installs', installVersion(options));
  router.get('/extensions/:registryId/versions', listVersions(options));
  router.patch('/extensions/:registryId/enabled', switchInstall(options));
  router.put('/extensions/:registryId/capabilities', grantCapabilities(options));
  router.delete('/extensions/:registryId', uninstall(options));
  return router;
}

function listInstalls({ registry, tenantOf, directory, installer }: InstallRouteOptions): RequestHandler {
  return async (req, res) => {
    const tenantId = await tenantOf(req);
    const installs = tenantId ? await registry.listExtensions(tenantId) : [];
    const list: InstallList = {
      installs: installs.map((install) => entryOf(install, directory)),
      capabilities: KNOWN_CAPABILITIES.filter(({ always }) => !always).map(({ name }) => name),
      canInstall: installer !== undefined,
    };
    res.json(list);
  };
}

/** Installs a version that is published already, or changes the version of an install. */
function installVersion(options: InstallRouteOptions): RequestHandler {
  return async (req, res) => {
    try {
      const { registryId, version } = parsed(installBody, req.body);
      refuseDeveloped(options, registryId);
      const tenantId = await options.tenantOf(req);
      if (!tenantId) throw new Refused(409, 'There is no tenant to install for.');
      const { installId } = await options.registry.install({ tenantId, registryId, version });
      options.onInstallChange();
      res.json({ installId });
    } catch (error) {
      answerRefusal(error, res);
    }
  };
}

function listVersions(options: InstallRouteOptions): RequestHandler {
  return aboutInstall(options, async ({ versionId, version, contentHash }): Promise<VersionList> => {
    const history = await options.registry.bundleHistory(versionId);
    const bundles = history.map((bundle) => ({
      contentHash: bundle.contentHash,
      sizeBytes: bundle.sizeBytes,
      since: bundle.createdAt?.toISOString() ?? null,
      active: bundle.contentHash === contentHash,
    }));
    return { version, bundles };
  });
}

function switchInstall(options: InstallRouteOptions): RequestHandler {
  return aboutInstall(options, async ({ installId }, req) => {
    await options.registry.setEnabled(installId, parsed(enabledBody, req.body).enabled);
    options.onInstallChange();
  });
}

function grantCapabilities(options: InstallRouteOptions): RequestHandler {
  return aboutInstall(options, async ({ installId }, req) => {
    await options.registry.setGrantedCapabilities(installId, parsed(grantBody, req.body).capabilities);
  });
}

function uninstall(options: InstallRouteOptions): RequestHandler {
  return aboutInstall(options, async ({ tenantId, registryId }) => {
    refuseDeveloped(options, registryId);
    await options.registry.uninstall({ tenantId, registryId });
    options.onInstallChange();
  });
}

/** What a session publishes on every save is not installed or removed by hand. */
export function refuseDeveloped(
  { directory }: Pick<InstallRouteOptions, 'directory'>,
  registryId: RegistryId,
): void {
  if (directory.get(registryId) === undefined) return;
  throw new Refused(409, 'alga dev works on this extension: the next save would install it again.');
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
