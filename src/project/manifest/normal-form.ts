import { normalCapability } from '../capabilities.js';
import type { Manifest, ManifestEndpoint, ManifestUi } from '../types.js';
import type { ManifestSource } from './schema.js';

/**
 * The form in which the product stores a manifest: version trimmed, methods upper case, paths with
 * one leading slash, only the known menu hooks, capabilities in the form in which they are compared.
 */
export function normalManifest(source: ManifestSource): Manifest {
  const { displayName, description } = source;
  return {
    name: source.name,
    ...(source.publisher === undefined ? {} : { publisher: source.publisher }),
    version: source.version.trim(),
    runtime: source.runtime,
    ...(typeof displayName === 'string' ? { displayName } : {}),
    ...(typeof description === 'string' ? { description } : {}),
    capabilities: [...new Set((source.capabilities ?? []).map(normalCapability))],
    ...(source.ui === undefined ? {} : { ui: normalUi(source.ui) }),
    ...(source.api === undefined ? {} : { api: { endpoints: source.api.endpoints.map(normalEndpoint) } }),
    ...(source.assets === undefined ? {} : { assets: source.assets }),
  };
}

/** `./` at the front removed, `//` collapsed: how the product cleans paths. */
function cleanPath(path: string): string {
  return path
    .trim()
    .replace(/^\.\//, '')
    .replace(/\/{2,}/g, '/');
}

function normalEndpoint(source: { method: string; path: string; handler: string }): ManifestEndpoint {
  const path = cleanPath(source.path);
  return {
    method: source.method.toUpperCase(),
    path: path.startsWith('/') ? path : `/${path}`,
    handler: cleanPath(source.handler),
  };
}

function normalUi(source: NonNullable<ManifestSource['ui']>): ManifestUi {
  const { appMenu, clientPortalMenu } = source.hooks ?? {};
  return {
    type: 'iframe',
    entry: cleanPath(source.entry),
    ...(source.hooks === undefined
      ? {}
      : {
          hooks: {
            ...(appMenu === undefined ? {} : { appMenu: { label: appMenu.label.trim() } }),
            ...(clientPortalMenu === undefined
              ? {}
              : { clientPortalMenu: { label: clientPortalMenu.label.trim() } }),
          },
        }),
  };
}
