import { type RequestHandler, Router } from 'express';
import { authorRoutes } from './author/author-routes.js';
import { refuseDeveloped } from './author/install-routes.js';
import { bundleRoutes } from './bundles/bundle-routes.js';
import { installRequestRoutes } from './bundles/install-requests.js';
import type { StagedBundles } from './bundles/staged-bundles.js';
import type { DebugEvent } from './debug/debug-event.js';
import { debugEventRoute } from './debug/debug-events.js';
import type { DebugHistory } from './debug/debug-history.js';
import { debugStreamRoute } from './debug/debug-stream.js';
import type { HostOptions } from './door.js';
import { type ExtensionDirectory, registryIdOf } from './extensions/extension-directory.js';
import { type HostNames, roleOfHost, sidesFor } from './front/host-names.js';
import type { SealedFrames } from './front/sealed-frames.js';
import { sealedRoute } from './front/sealed-route.js';
import type { TenantOf } from './gateway/acting-tenant.js';
import type { Gateway } from './gateway/gateway.js';
import type { GatewayData } from './gateway/gateway-data.js';
import { gatewayRoute } from './gateway/gateway-routes.js';
import { installConfigRoute } from './internal/install-config.js';
import { installRoutes } from './internal/install-routes.js';
import { type HostCallListener, serviceRoutes } from './internal/service-routes.js';
import { cspReportRoute } from './pages/csp-reports.js';
import { FILES_PREFIX } from './pages/page-document.js';
import { loadPageFiles, pageFileRoute } from './pages/page-files.js';
import { pageRoutes } from './pages/page-routes.js';
import type { RequestLog } from './requests/request-log.js';
import { cloudEntry } from './runner/cloud-entry.js';
import type { LiveUis } from './runner/live-ui.js';
import { runnerProxy } from './runner/runner-proxy.js';
import type { LocalScheduler } from './schedules/scheduler.js';
import type { CspViolation } from './wire/records.js';

/** The parts the routes are made of. */
export interface RouteParts {
  readonly options: HostOptions;
  readonly session: string;
  readonly names: () => HostNames;
  readonly directory: ExtensionDirectory;
  readonly liveUis: LiveUis;
  readonly seals: SealedFrames;
  readonly gateway: Gateway;
  readonly data: GatewayData;
  readonly debugHistory: DebugHistory;
  readonly requests: RequestLog;
  readonly scheduler: LocalScheduler;
  readonly staged: StagedBundles;
  readonly onInstallChange: () => void;
  /** Has the directory know which extensions are installed now. */
  readonly lookAtInstalls: () => Promise<void>;
  readonly tenantOf: TenantOf;
  readonly onDebugEvent: (event: DebugEvent) => void;
  readonly onHostCall: HostCallListener;
  readonly onViolation: (violation: CspViolation) => void;
}

/** What a frame may ask for: the files of extensions, live and published, and the place for reports. */
function frameRoutes(parts: RouteParts): RequestHandler[] {
  const { runnerUrl, onFrameFailure: onFailure } = parts.options;
  const pageOrigin = (host: string | undefined): string => `http://${sidesFor(parts.names(), host).page}`;
  const files = runnerProxy({ runnerUrl, pageOrigin, onFailure });
  return [
    parts.liveUis.route(pageOrigin),
    under('/runner/', files),
    under('/ext-ui/', frameSideOnly(parts.names, files)),
    cspReportRoute(parts.directory, parts.onViolation),
  ];
}

/** All routes, those asked most often first; apart from them those of frames whose origin is `null`. */
export function hostRoutes(parts: RouteParts): { sealed: RequestHandler; routes: RequestHandler[] } {
  const frames = frameRoutes(parts);
  return { sealed: sealedRoute(parts.seals, parts.names, frames), routes: allRoutes(parts, frames) };
}

function allRoutes(parts: RouteParts, frames: readonly RequestHandler[]): RequestHandler[] {
  const { options, directory, gateway, tenantOf, session } = parts;
  const { tokens, registry } = options;
  const gateways = Router();
  gateways.use('/api/ext-proxy', gatewayRoute(gateway, 'ext-proxy', tenantOf));
  gateways.use('/api/ext', gatewayRoute(gateway, 'ext', tenantOf));
  return [
    gateways,
    ...frames,
    cloudEntry(directory, (host) => roleOfHost(parts.names(), host) === 'frame'),
    installRoutes(tokens.authKey, registry),
    serviceRoutes(tokens.serviceToken, registry.services, parts.onHostCall),
    installConfigRoute(tokens.serviceToken, parts.data),
    debugEventRoute(tokens.serviceToken, parts.onDebugEvent),
    debugStreamRoute({
      history: parts.debugHistory,
      tail: options.debugTail,
      tenantOf,
      users: parts.data.users,
    }),
    proofRoutes(session, directory),
    bundleRoutes({
      token: tokens.session,
      installer: options.installer,
      staged: parts.staged,
      tenantOf,
      tenants: parts.data.tenants,
      admit: (registryId) => refuseDeveloped({ directory }, registryId),
    }),
    installRequestRoutes({
      token: tokens.session,
      registry,
      tenantOf,
      tenants: parts.data.tenants,
      users: parts.data.users,
      productOf: async (tenantId) => (await parts.data.tenant(tenantId))?.productCode ?? null,
      admit: (registryId) => refuseDeveloped({ directory }, registryId),
      onInstallChange: parts.onInstallChange,
    }),
    authorRoutes({ ...parts, registry, token: tokens.session, installer: options.installer }),
    under(`${FILES_PREFIX}/`, mounted(FILES_PREFIX, pageFileRoute(loadPageFiles()))),
    pageRoutes({
      names: parts.names,
      token: tokens.session,
      session,
      seals: parts.seals,
      directory,
      tenants: parts.data.tenants,
      users: parts.data.users,
      tenantOf,
      lookAtInstalls: parts.lookAtInstalls,
    }),
  ];
}

/** Questions of the session to itself: is this my host, and which bundle does it serve. */
function proofRoutes(session: string, directory: ExtensionDirectory): Router {
  const router = Router();
  router.get('/__alga/health', (req, res) => {
    const { nonce } = req.query;
    res.setHeader('cache-control', 'no-store');
    res.json({ ok: true, session, ...(typeof nonce === 'string' ? { nonce } : {}) });
  });
  router.get('/__alga/served/:id', (req, res) => {
    const registryId = registryIdOf(req.params.id);
    const served = registryId && directory.served(registryId);
    res.setHeader('cache-control', 'no-store');
    if (!served) return res.status(404).json({ error: 'not_found' });
    res.json(served);
  });
  return router;
}

/** In the product the app itself has no such path; only where the runner has an origin of its own it is served. */
function frameSideOnly(names: () => HostNames, handler: RequestHandler): RequestHandler {
  return (req, res, next) => {
    if (roleOfHost(names(), req.headers.host) === 'frame') return handler(req, res, next);
    res.setHeader('cache-control', 'no-store');
    res.status(404).json({ error: 'not_found' });
  };
}

/** Runs a handler for paths that begin so, without changing the URL it sees. */
function under(prefix: string, handler: RequestHandler): RequestHandler {
  return (req, res, next) => (req.path.startsWith(prefix) ? handler(req, res, next) : next());
}

/** Runs a handler with the prefix taken off the URL. */
function mounted(prefix: string, handler: RequestHandler): RequestHandler {
  return Router().use(prefix, handler);
}
