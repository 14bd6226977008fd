import type { TenantId } from '../../core/ids.js';
import type { Install, Registry } from '../../registry/index.js';
import type { ExtensionState } from '../wire/messages.js';
import type { InstalledMenu } from './extension-directory.js';

type Asked = Pick<Registry, 'tenants' | 'listExtensions' | 'menuItems'>;

/** What is installed, of all tenants. */
export interface Installed {
  /** The enabled installs, as pages show them. */
  readonly states: readonly ExtensionState[];
  readonly menus: readonly InstalledMenu[];
}

/**
 * The enabled installs of all tenants as menus and pages show them. Of an extension that several
 * tenants have, each tenant's page finds its own by the tenant of the state.
 */
export async function installedStates(registry: Asked): Promise<Installed> {
  const tenants = await registry.tenants();
  const all = await Promise.all(tenants.map(({ tenantId }) => ofTenant(registry, tenantId)));
  return { states: all.flatMap(({ states }) => states), menus: all.flatMap(({ menus }) => menus) };
}

async function ofTenant(registry: Asked, tenantId: TenantId): Promise<Installed> {
  const [installs, app, portal] = await Promise.all([
    registry.listExtensions(tenantId),
    registry.menuItems(tenantId, 'app'),
    registry.menuItems(tenantId, 'client-portal'),
  ]);
  const labelOf = (items: typeof app, id: string) => items.find(({ registryId }) => registryId === id)?.label;
  return {
    states: installs.filter(({ isEnabled, status }) => isEnabled && status === 'enabled').map(stateOf),
    menus: installs.map(({ registryId }) => {
      const [inApp, inPortal] = [labelOf(app, registryId), labelOf(portal, registryId)];
      const menu = { ...(inApp ? { app: inApp } : {}), ...(inPortal ? { portal: inPortal } : {}) };
      return { tenantId, registryId, menu };
    }),
  };
}

function stateOf(install: Install): ExtensionState {
  const { registryId, displayName, tenantId, ui, contentHash, version, versionId, installId } = install;
  const since = (install.publishedAt ?? install.updatedAt).toISOString();
  return {
    registryId,
    extension: `${install.publisher}/${install.name}`,
    displayName,
    label: install.name,
    tenantId,
    hasUi: ui !== null,
    developed: false,
    projectRoot: '',
    errors: [],
    ...(contentHash === null ? {} : { served: { contentHash, version, versionId, installId, since } }),
  };
}
