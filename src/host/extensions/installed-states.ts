import type { Install, Registry } from '../../registry/index.js';
import type { ExtensionState } from '../wire/messages.js';

/**
 * The enabled installs of all tenants as menus and pages show them. Of an extension that several
 * tenants have, each tenant's page finds its own by the tenant of the state.
 */
export async function installedStates(
  registry: Pick<Registry, 'tenants' | 'listExtensions'>,
): Promise<ExtensionState[]> {
  const tenants = await registry.tenants();
  const installs = await Promise.all(tenants.map(({ tenantId }) => registry.listExtensions(tenantId)));
  return installs
    .flat()
    .filter(({ isEnabled, status }) => isEnabled && status === 'enabled')
    .map(stateOf);
}

function stateOf(install: Install): ExtensionState {
  const { registryId, displayName, tenantId, ui, contentHash, version, versionId, installId } = install;
  const since = (install.publishedAt ?? install.updatedAt).toISOString();
  return {
    registryId,
    extension: `${install.publisher}/${install.name}`,
    displayName,
    label: ui?.hooks.appMenu?.label ?? install.name,
    tenantId,
    hasUi: ui !== null,
    developed: false,
    projectRoot: '',
    errors: [],
    ...(contentHash === null ? {} : { served: { contentHash, version, versionId, installId, since } }),
  };
}
