import type { Check } from './check.js';
import { hostAppEnvironmentCheck } from './checks/host/app-environment.js';
import { hostGatewayCheck } from './checks/host/gateway.js';
import { hostLiveCheck } from './checks/host/live.js';
import { hostPageCheck } from './checks/host/page.js';
import { hostReachableCheck } from './checks/host/reachable.js';
import { hostServedCheck } from './checks/host/served.js';
import { diskCheck } from './checks/machine/disk.js';
import { fileWatchesCheck } from './checks/machine/file-watches.js';
import { leftoversCheck } from './checks/machine/leftovers.js';
import { loopbackCheck } from './checks/machine/loopback.js';
import { memoryCheck } from './checks/machine/memory.js';
import { nodeCheck } from './checks/machine/node.js';
import { portsCheck } from './checks/machine/ports.js';
import { proxyCheck } from './checks/machine/proxy.js';
import { artifactsCheck } from './checks/project/artifacts.js';
import { buildToolsCheck } from './checks/project/build-tools.js';
import { capabilitiesCheck } from './checks/project/capabilities.js';
import { componentCheck } from './checks/project/component.js';
import { dependenciesCheck } from './checks/project/dependencies.js';
import { handlerCodeCheck } from './checks/project/handler-code.js';
import { manifestCheck } from './checks/project/manifest.js';
import { secretsCheck } from './checks/project/secrets.js';
import { shapeCheck } from './checks/project/shape.js';
import { uiAssetsCheck } from './checks/project/ui-assets.js';
import { uiCodeCheck } from './checks/project/ui-code.js';
import { uiPolicyCheck } from './checks/project/ui-policy.js';
import { uiReferencesCheck } from './checks/project/ui-references.js';
import { witCheck } from './checks/project/wit.js';
import { registryBundleHashCheck } from './checks/registry/bundle-hash.js';
import { registryBundleRowCheck } from './checks/registry/bundle-row.js';
import { registryDisabledCheck } from './checks/registry/disabled.js';
import { registryDuplicatesCheck } from './checks/registry/duplicates.js';
import { registryEndpointsCheck } from './checks/registry/endpoints.js';
import { registryExtensionCheck } from './checks/registry/extension.js';
import { registryGrantsCheck } from './checks/registry/grants.js';
import { registryHashFormCheck } from './checks/registry/hash-form.js';
import { registryInstallCheck } from './checks/registry/install.js';
import { registryInstalledVersionCheck } from './checks/registry/installed-version.js';
import { registryMenuCheck } from './checks/registry/menu.js';
import { registryReachableCheck } from './checks/registry/reachable.js';
import { registrySchemaCheck } from './checks/registry/schema.js';
import { registryStaleBundlesCheck } from './checks/registry/stale-bundles.js';
import { registryTenantCheck } from './checks/registry/tenant.js';
import { registryWrongTenantCheck } from './checks/registry/wrong-tenant.js';
import { runnerAllowListCheck } from './checks/runner/allow-list.js';
import { runnerAppSettingsCheck } from './checks/runner/app-settings.js';
import { runnerBundleCheck, runnerCachedBundleCheck, runnerDenialCheck } from './checks/runner/bundle.js';
import { runnerCacheCheck } from './checks/runner/cache.js';
import { runnerComponentCheck } from './checks/runner/component.js';
import { runnerContainerCheck } from './checks/runner/container.js';
import { runnerEnvFileCheck } from './checks/runner/env-file.js';
import { runnerImageCheck } from './checks/runner/image.js';
import { runnerLimitsCheck } from './checks/runner/limits.js';
import { runnerReachableCheck } from './checks/runner/reachable.js';
import { runnerSettingsCheck } from './checks/runner/settings.js';
import { runnerStoreCheck } from './checks/runner/store.js';
import { runnerAuthKeyCheck, runnerServiceTokenCheck } from './checks/runner/tokens.js';
import { runnerTrustBundleCheck } from './checks/runner/trust-bundle.js';
import { storeBucketCheck } from './checks/store/bucket.js';
import { storeClockCheck } from './checks/store/clock.js';
import { storeCredentialsCheck } from './checks/store/credentials.js';
import { hashMismatchCheck } from './checks/store/hash-mismatch.js';
import { notTarCheck } from './checks/store/not-tar.js';
import { notZstdCheck } from './checks/store/not-zstd.js';
import { objectMissingCheck } from './checks/store/object-missing.js';
import { objectTruncatedCheck } from './checks/store/object-truncated.js';
import { storePublicCheck } from './checks/store/public-access.js';
import { storeReachableCheck } from './checks/store/reachable.js';
import { wrongLayoutCheck } from './checks/store/wrong-layout.js';
import { wrongOwnerCheck } from './checks/store/wrong-owner.js';

/** Every check, in the order in which they are shown. */
export const CHECKS: readonly Check[] = [
  nodeCheck,
  memoryCheck,
  diskCheck,
  fileWatchesCheck,
  portsCheck,
  proxyCheck,
  loopbackCheck,
  leftoversCheck,
  manifestCheck,
  shapeCheck,
  witCheck,
  buildToolsCheck,
  dependenciesCheck,
  handlerCodeCheck,
  capabilitiesCheck,
  secretsCheck,
  componentCheck,
  artifactsCheck,
  uiAssetsCheck,
  uiReferencesCheck,
  uiPolicyCheck,
  uiCodeCheck,
  storeReachableCheck,
  storeCredentialsCheck,
  storeClockCheck,
  storeBucketCheck,
  storePublicCheck,
  objectMissingCheck,
  wrongLayoutCheck,
  wrongOwnerCheck,
  objectTruncatedCheck,
  notZstdCheck,
  notTarCheck,
  hashMismatchCheck,
  registryReachableCheck,
  registrySchemaCheck,
  registryTenantCheck,
  registryExtensionCheck,
  registryInstallCheck,
  registryWrongTenantCheck,
  registryDisabledCheck,
  registryInstalledVersionCheck,
  registryBundleRowCheck,
  registryHashFormCheck,
  registryBundleHashCheck,
  registryEndpointsCheck,
  registryMenuCheck,
  registryGrantsCheck,
  registryDuplicatesCheck,
  registryStaleBundlesCheck,
  runnerReachableCheck,
  runnerSettingsCheck,
  runnerAuthKeyCheck,
  runnerServiceTokenCheck,
  runnerCacheCheck,
  runnerStoreCheck,
  runnerBundleCheck,
  runnerDenialCheck,
  runnerCachedBundleCheck,
  runnerComponentCheck,
  runnerLimitsCheck,
  runnerAllowListCheck,
  runnerTrustBundleCheck,
  runnerEnvFileCheck,
  runnerAppSettingsCheck,
  runnerContainerCheck,
  runnerImageCheck,
  hostReachableCheck,
  hostServedCheck,
  hostPageCheck,
  hostGatewayCheck,
  hostLiveCheck,
  hostAppEnvironmentCheck,
];
