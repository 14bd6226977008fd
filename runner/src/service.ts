import { join } from 'node:path';
import { ArchiveAhead } from './cache/archive-ahead.js';
import { BundleCache } from './cache/bundle-cache.js';
import { BundleFetch } from './cache/bundle-fetch.js';
import { BundleStore } from './cache/bundle-store.js';
import { CacheDisk } from './cache/cache-disk.js';
import { HandedOverArchives } from './cache/handed-over-archives.js';
import { LiveComponents } from './cache/live-components.js';
import { loadTrust } from './cache/signature.js';
import type { RunnerConfig } from './config.js';
import { DebugEvents } from './debug/debug-events.js';
import type { Engine, EngineOptions } from './executable.js';
import { BundlesInUse } from './http/bundles-in-use.js';
import { contentSecurityPolicy } from './http/content-security-policy.js';
import type { Route } from './http/exchange.js';
import { createExecuteRoute } from './http/execute-route.js';
import { Execution } from './http/execution.js';
import { createHealthRoute } from './http/health-route.js';
import { createHostRoute } from './http/host-route.js';
import { HttpServer } from './http/http-server.js';
import { Idempotency } from './http/idempotency.js';
import { createMetricsRoute } from './http/metrics-route.js';
import { TenantHints } from './http/tenant-hints.js';
import { TenantResolution } from './http/tenant-resolution.js';
import { UiFiles } from './http/ui-files.js';
import { createUiRoute } from './http/ui-route.js';
import { createWarmupRoute } from './http/warmup-route.js';
import type { Logger } from './log.js';
import { Metrics } from './metrics/metrics.js';
import { HttpClient } from './net/http-client.js';
import { text } from './net/text.js';
import type { WarmupWireRequest } from './published/wire.js';
import { InstallValidation } from './registry/install-validation.js';
import { RegistryClient } from './registry/registry-client.js';
import { packageVersion } from './version.js';

export interface ServiceOptions {
  readonly config: RunnerConfig;
  readonly log: Logger;
  readonly createEngine: (options: EngineOptions) => Engine;
  /** Told what answers for an extension: when that changes, and now and then while it is used. */
  readonly onInUse?: (bundle: WarmupWireRequest) => void;
}

/** A running runner. */
export interface RunnerService {
  readonly port: number;
  /** Drains and stops everything; idempotent. */
  stop(): Promise<void>;
}

/** What a caller may rely on beyond the official runner's behaviour; part of the health answer. */
const FEATURES = [
  'warmup',
  'warmup-instantiate',
  'metrics',
  'scoped-idempotency',
  'lru-cache',
  'canonical-layout',
  'signatures-cosign',
  'signatures-x509',
  'signatures-openpgp',
  'debug-http',
  'debug-redis',
  'graceful-drain',
];

/** The parts of a runner that live as long as it does. */
interface Parts {
  readonly http: HttpClient;
  readonly metrics: Metrics;
  readonly debug: DebugEvents;
  readonly engine: Engine;
  readonly disk: CacheDisk;
  readonly store: BundleStore;
  readonly cache: BundleCache;
  readonly ahead: ArchiveAhead | undefined;
  readonly hints: TenantHints;
  readonly files: UiFiles;
  readonly registry: RegistryClient;
}

/** Starts a runner; resolves when it can serve. Throws when the configuration does not hold. */
export async function startService(options: ServiceOptions): Promise<RunnerService> {
  const { config, log } = options;
  const parts = await createParts(options);
  const { metrics, engine, disk, cache, hints } = parts;
  const [engineFault] = await Promise.all([startEngine(engine, log), startDisk(disk, log), hints.start()]);
  metrics.watch({
    engine: () => engine.stats(),
    cache: () => cache.stats(),
    uiCachedBytes: () => parts.files.cachedBytes,
    debug: () => parts.debug.stats(),
  });
  const server = new HttpServer({
    routes: createRoutes(options, parts, engineFault),
    host: config.host,
    port: config.port,
    log,
    onDone: (route, method, status, seconds) => metrics.requested(route, method, status, seconds),
  });
  const port = await server.start();
  setImmediate(() => void metrics.load());
  cache.takeStock().catch((error: unknown) => log.warn({ error: text(error) }, 'cache folder not readable'));
  let stopping: Promise<void> | undefined;
  return {
    port,
    stop: () => {
      stopping ??= stopParts(server, parts, config.drainMs);
      return stopping;
    },
  };
}

async function createParts({ config, log, createEngine }: ServiceOptions): Promise<Parts> {
  const { bounds, root, maxBytes, offline, trustBundle } = config.cache;
  const trust = trustBundle === undefined ? undefined : await loadTrust(trustBundle);
  const http = new HttpClient();
  const metrics = new Metrics();
  const debug = new DebugEvents(config.debug, http, log);
  const engine = createEngine({ ...config.engine, debug, log });
  const disk = new CacheDisk(root);
  const store = new BundleStore({
    ...config.store,
    http,
    maxBytes: bounds.maxBytes,
    onBytes: (count) => metrics.downloaded(count),
  });
  const live = liveFolder(config);
  const handedOver = live === undefined ? undefined : new HandedOverArchives(live, bounds);
  const ahead =
    live === undefined
      ? undefined
      : new ArchiveAhead({
          ...{ folder: live, disk, bounds },
          prepare: (component) => engine.prepare(component),
          forget: (name) => engine.forget(name),
        });
  const cache = new BundleCache({
    disk,
    fetch: new BundleFetch({
      store,
      disk,
      bounds,
      ...(trust && { trust }),
      ...(handedOver && { handedOver, ahead }),
    }),
    maxBytes,
    offline,
    ...(trust && { trust: trust.fingerprint }),
    onEvict: (hex) => engine.forget(hex),
  });
  return {
    ...{ http, metrics, debug, engine, disk, store, cache, ahead },
    hints: new TenantHints(join(root, 'tenant-hints.json')),
    files: new UiFiles(config.ui.memoryBytes),
    registry: new RegistryClient({ ...config.registry, http }),
  };
}

/** Why the engine cannot run anything; the UI is served all the same. */
async function startEngine(engine: Engine, log: Logger): Promise<string | undefined> {
  try {
    await engine.start();
    return undefined;
  } catch (error) {
    log.error({ error: text(error) }, 'engine did not start');
    return text(error);
  }
}

/** A folder that cannot be written is seen in the health answer; it may become writable later. */
async function startDisk(disk: CacheDisk, log: Logger): Promise<void> {
  try {
    await disk.start();
  } catch (error) {
    log.error({ error: text(error) }, 'cache folder not usable');
  }
}

/** Nobody signs what is not published yet: where signatures are asked for there is no way around them. */
function liveFolder({ cache }: RunnerConfig): string | undefined {
  return cache.trustBundle === undefined ? cache.liveComponentDir : undefined;
}

function createRoutes(options: ServiceOptions, parts: Parts, engineFault: string | undefined): Route[] {
  const { config, log } = options;
  const { cache, engine, metrics, disk, store, hints, files, registry } = parts;
  const sourceMapDir = config.cache.sourceMapDir;
  const maps = sourceMapDir === undefined ? {} : { sourceMapDir };
  const live = new LiveComponents(liveFolder(config), sourceMapDir);
  const storeFault =
    store.configured || config.cache.offline
      ? undefined
      : 'BUNDLE_STORE_BASE is not set, bundles cannot be fetched';
  const execution = new Execution({
    ...config.execute,
    ...maps,
    ...{ cache, engine, metrics, live, debug: parts.debug },
    initFault: () => engineFault ?? storeFault,
  });
  const lookupByHost = (host: string) => registry.lookupByHost(host);
  const validation = new InstallValidation({
    ask: (query) => registry.validate(query),
    onAnswer: (result) => metrics.validated(result),
  });
  const idempotency = new Idempotency(config.idempotency);
  const inUse = new BundlesInUse(options.onInUse ?? (() => undefined));
  return [
    createExecuteRoute({ execution, idempotency, inUse, maxBodyBytes: config.execute.maxBodyBytes, log }),
    createUiRoute({
      ...{ cache, validation, hints, files, log },
      tenants: new TenantResolution({ hints, lookupByHost }),
      strict: config.ui.strict,
      ...(config.ui.maxFileBytes !== undefined && { maxFileBytes: config.ui.maxFileBytes }),
      contentSecurityPolicy: contentSecurityPolicy(config.ui),
    }),
    createHealthRoute({
      ...{ disk, store, features: FEATURES, version: packageVersion() },
      cacheMaxBytesText: config.cache.maxBytesText,
    }),
    createWarmupRoute({
      ...{ cache, engine, live, inUse, log, limits: config.execute, ...maps },
      ...(parts.ahead && { ahead: parts.ahead }),
    }),
    createMetricsRoute(metrics),
    createHostRoute({ lookupByHost }),
  ];
}

async function stopParts(server: HttpServer, parts: Parts, drainMs: number): Promise<void> {
  await server.stop(drainMs);
  await parts.engine.stop();
  await Promise.all([parts.debug.stop(), parts.hints.stop()]);
  await parts.disk.stop();
  parts.http.close();
}
