import type { Manifest, ManifestEndpoint, ManifestUi } from '../../project/types.js';
import { normalCapabilities } from '../capabilities.js';

/** The columns of `extension_version` that follow from the manifest. */
export interface VersionColumns {
  readonly runtime: string;
  readonly mainEntry: string;
  readonly api: { readonly endpoints?: readonly ManifestEndpoint[] };
  readonly ui: ManifestUi | null;
  readonly capabilities: readonly string[];
  /** The authority for calls: a request that matches none of these is refused by the gateway. */
  readonly apiEndpoints: readonly ManifestEndpoint[];
}

/** What the product's publish would store for this manifest. */
export function versionColumns(manifest: Manifest): VersionColumns {
  const ui = manifest.ui === undefined ? null : normalUi(manifest.ui);
  return {
    runtime: manifest.runtime,
    mainEntry: ui?.entry ?? 'main',
    api: manifest.api ?? {},
    ui,
    capabilities: normalCapabilities(manifest.capabilities),
    apiEndpoints: normalEndpoints(manifest.api?.endpoints ?? []),
  };
}

/** Methods upper case, paths with one leading slash, only the three columns; a repeated one wins last. */
export function normalEndpoints(endpoints: readonly ManifestEndpoint[]): ManifestEndpoint[] {
  const byCall = new Map<string, ManifestEndpoint>();
  for (const { method, path, handler } of endpoints) {
    const endpoint = {
      method: method.trim().toUpperCase(),
      path: `/${cleanPath(path)}`.replace(/^\/{2,}/, '/'),
      handler: cleanPath(handler),
    };
    byCall.set(`${endpoint.method} ${endpoint.path}`, endpoint);
  }
  return [...byCall.values()];
}

function cleanPath(path: string): string {
  return path
    .trim()
    .replace(/^(?:\.\/)+/, '')
    .replace(/\/{2,}/g, '/');
}

function normalUi(ui: ManifestUi): ManifestUi {
  const appMenu = label(ui.hooks?.appMenu);
  const clientPortalMenu = label(ui.hooks?.clientPortalMenu);
  return {
    type: 'iframe',
    entry: cleanPath(ui.entry),
    hooks: { ...(appMenu ? { appMenu } : {}), ...(clientPortalMenu ? { clientPortalMenu } : {}) },
  };
}

function label(hook: { readonly label: string } | undefined): { label: string } | undefined {
  const text = hook?.label.trim();
  return text ? { label: text } : undefined;
}
