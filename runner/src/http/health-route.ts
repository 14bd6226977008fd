import type { BundleStore } from '../cache/bundle-store.js';
import type { CacheDisk } from '../cache/cache-disk.js';
import type { HealthWireAnswer } from '../published/wire.js';
import type { Exchange, Route } from './exchange.js';
import { sendJson } from './respond.js';

export interface HealthRouteOptions {
  readonly disk: CacheDisk;
  readonly store: BundleStore;
  readonly cacheMaxBytesText: string | null;
  readonly version: string;
  readonly features: readonly string[];
}

/** `GET /healthz`: 200 when the cache folder can be written, else 503; the rest is information. */
export function createHealthRoute(options: HealthRouteOptions): Route {
  return {
    name: 'healthz',
    methods: ['GET', 'HEAD'],
    matches: (path) => path === '/healthz',
    handle: (exchange) => handle(options, exchange),
  };
}

async function handle(options: HealthRouteOptions, { response }: Exchange): Promise<void> {
  const [writable, reachable] = await Promise.all([options.disk.isWritable(), options.store.isReachable()]);
  const answer: HealthWireAnswer = {
    cache_writable: writable,
    bundle_store: reachable ? 'ok' : 'bundle_store_unreachable',
    ext_cache_max_bytes: options.cacheMaxBytesText,
    kind: 'alga-runner-node',
    version: options.version,
    features: options.features,
  };
  sendJson(response, writable ? 200 : 503, answer);
}
