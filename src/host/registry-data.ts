import type { TenantId } from '../core/ids.js';
import { configForGuest, type Registry } from '../registry/index.js';
import type { CallableInstall, GatewayData, Hydration } from './gateway/gateway-data.js';

/** How long users and tenants are remembered: a burst of calls asks once, an edit is seen at once. */
const REMEMBER_MS = 1000;

/** The gateway's questions, put to the registry. */
export function registryGatewayData(registry: Registry): GatewayData {
  const users = remembered((tenantId: TenantId) => registry.users(tenantId));
  const tenants = remembered((_all: 'all') => registry.tenants());
  const tenant = remembered(async (id: TenantId) =>
    (await registry.tenants()).find(({ tenantId }) => tenantId === id),
  );
  return {
    users,
    tenants: () => tenants('all'),
    tenant,
    findInstall: (tenantId, id) => registry.findCallable(id, tenantId),
    hydrate: async (tenantId, registryId) => {
      const install = await registry.findInstall(registryId, tenantId);
      if (!install) return undefined;
      const secretEnvelope =
        install.secretsVersion === null ? undefined : await registry.secretEnvelope(install.installId);
      return { install, config: configForGuest(install.config), secretEnvelope };
    },
    open: async (start) => {
      const { id, install, secretEnvelope } = await registry.openExecution(start);
      const hydration = install && { install, config: configForGuest(install.config), secretEnvelope };
      return { executionId: id, hydration };
    },
    openBare: async (start) => {
      const executionId = await registry.startExecution(start);
      const install = await registry.findCallable(start.registryId, start.tenantId);
      return { executionId, hydration: install && bareHydration(install) };
    },
    finishExecution: (id, end) => registry.finishExecution(id, end),
  };
}

/** Nothing configured, nothing allowed, no secrets. */
function bareHydration(install: CallableInstall): Hydration {
  return {
    install: { ...install, providers: [], configVersion: null, secretsVersion: null },
    config: {},
    secretEnvelope: undefined,
  };
}

/** Remembers the answers of a question by its key for a moment; failures are not remembered. */
function remembered<K, V>(ask: (key: K) => Promise<V>): (key: K) => Promise<V> {
  const known = new Map<K, { value: Promise<V>; until: number }>();
  return (key) => {
    const found = known.get(key);
    if (found && performance.now() < found.until) return found.value;
    const value = ask(key);
    known.set(key, { value, until: performance.now() + REMEMBER_MS });
    value.catch(() => known.delete(key));
    return value;
  };
}
