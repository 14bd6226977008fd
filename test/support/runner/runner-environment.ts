import type { AppHost } from './app-host.js';
import type { ObjectServer } from './object-server.js';

export const TENANT = '3f1c2d4e-0000-4000-8000-000000000001';
export const EXTENSION = '9a8b7c6d-0000-4000-8000-000000000002';
const AUTH_KEY = 'contract-auth-key';
const SERVICE_TOKEN = 'contract-service-token';

/** What a runner needs to use a test store and a test app. */
export function environment(store: ObjectServer, app: AppHost, cacheRoot: string): Record<string, string> {
  return {
    ALGA_AUTH_KEY: AUTH_KEY,
    REGISTRY_BASE_URL: app.url,
    RUNNER_SERVICE_TOKEN: SERVICE_TOKEN,
    BUNDLE_STORE_BASE: store.base,
    EXT_CACHE_ROOT: cacheRoot,
    EXT_STATIC_STRICT_VALIDATION: 'false',
  };
}
