import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BundleCache } from '../cache/bundle-cache.js';
import { BundleError } from '../cache/errors.js';
import type { StoredBundle } from '../cache/stored-bundle.js';
import type { Logger } from '../log.js';
import { hasCode } from '../net/text.js';
import type { InstallValidation } from '../registry/install-validation.js';
import { type Exchange, headerOf, type Route } from './exchange.js';
import { IMMUTABLE, send, sendJson, sendText } from './respond.js';
import { decodePath } from './target.js';
import type { TenantHints } from './tenant-hints.js';
import type { TenantResolution } from './tenant-resolution.js';
import type { UiFile, UiFiles } from './ui-files.js';
import { contentTypeOf, parseUiPath, type UiPath } from './ui-path.js';

export interface UiRouteOptions {
  readonly cache: BundleCache;
  readonly validation: InstallValidation;
  readonly tenants: TenantResolution;
  readonly hints: TenantHints;
  readonly files: UiFiles;
  readonly strict: boolean;
  readonly maxFileBytes?: number;
  readonly contentSecurityPolicy: string;
  readonly log: Logger;
}

const SHAPE = /^\/ext-ui\/([^/]+)\/([^/]+)\/(.+)$/s;
const HASH = /^sha256:[0-9a-f]+$/i;

/** `GET /ext-ui/{extension}/{hash}/{path}`: the files of a bundle's UI. */
export function createUiRoute(options: UiRouteOptions): Route {
  return {
    name: 'ext-ui',
    methods: ['GET', 'HEAD'],
    matches: (path) => SHAPE.test(path),
    handle: (exchange) => handle(options, exchange),
  };
}

interface Asked {
  readonly extensionId: string;
  /** As in the address, `sha256:` included. */
  readonly hash: string;
  readonly path: string;
}

async function handle(options: UiRouteOptions, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  const asked = askedOf(exchange.path);
  if (asked === undefined) return sendText(response, 400, 'invalid path');
  if (!HASH.test(asked.hash)) return sendText(response, 400, 'invalid content hash');
  const tenantId = await allowedTenant(options, exchange, asked);
  if (tenantId === undefined) return send(response, 404);
  // A second round only when somebody else removed the bundle from the disk between look and read.
  for (let round = 0; ; round += 1) {
    if (await serve(options, { request, response, asked, tenantId, last: round > 0 })) return;
  }
}

function askedOf(path: string): Asked | undefined {
  const [, extension, hash, rest] = SHAPE.exec(path) ?? [];
  const extensionId = decodePath(extension ?? '');
  const decodedHash = decodePath(hash ?? '');
  const decoded = decodePath(rest ?? '');
  if (extensionId === undefined || decodedHash === undefined || decoded === undefined) return undefined;
  return { extensionId, hash: decodedHash, path: decoded };
}

/** The tenant to serve for; undefined when strict serving forbids it. Unknown and allowed is empty. */
async function allowedTenant(
  { tenants, validation, strict }: UiRouteOptions,
  { request, query }: Exchange,
  asked: Asked,
): Promise<string | undefined> {
  const { extensionId, hash } = asked;
  const tenantId = await tenants.tenantOf(request, new URLSearchParams(query), asked);
  if (!strict) return tenantId ?? '';
  if (tenantId === undefined) return undefined;
  return (await validation.isValid({ tenantId, extensionId, contentHash: hash })) ? tenantId : undefined;
}

interface Serving {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly asked: Asked;
  readonly tenantId: string;
  readonly last: boolean;
}

/** Gives false when the bundle vanished and fetching it anew may help. */
async function serve(options: UiRouteOptions, serving: Serving): Promise<boolean> {
  const { asked, tenantId, response } = serving;
  const source = { tenantId, extensionId: asked.extensionId };
  const lease = await options.cache.acquire(asked.hash, source).catch(asBundleError);
  if (lease instanceof BundleError) {
    options.log.warn(
      {
        request: headerOf(serving.request, 'x-request-id'),
        tenant: tenantId,
        extension: asked.extensionId,
        hash: asked.hash,
        error: lease.message,
      },
      'ui',
    );
    sendBundleError(response, lease);
    return true;
  }
  try {
    if (tenantId !== '') options.hints.set(asked.extensionId, asked.hash, tenantId);
    await serveFrom(options, serving, lease.bundle);
    return true;
  } catch (error) {
    if (serving.last || response.headersSent || !hasCode(error, 'ENOENT')) throw error;
    return !(await options.cache.forgetIfGone(lease.bundle.hex));
  } finally {
    lease.release();
  }
}

function asBundleError(error: unknown): BundleError {
  if (error instanceof BundleError) return error;
  throw error;
}

function sendBundleError(response: ServerResponse, error: BundleError): void {
  if (error.fault === 'hash_mismatch') sendJson(response, 502, { code: 'archive_hash_mismatch' });
  else sendJson(response, 500, { code: 'extract_failed' });
}

async function serveFrom(options: UiRouteOptions, serving: Serving, bundle: StoredBundle): Promise<void> {
  const { request, response, asked } = serving;
  const path = parseUiPath(asked.path);
  if (path === undefined) return sendText(response, 400, 'invalid path');
  const exact = asked.path.endsWith('/') ? undefined : bundle.uiFile(path.path);
  const file = exact ?? (isNavigation(request, path) ? bundle.uiFile('index.html') : undefined);
  if (file === undefined) return send(response, 404);
  if (file.size > (options.maxFileBytes ?? Number.POSITIVE_INFINITY)) {
    return sendText(response, 413, 'asset too large');
  }
  await sendFile(options, serving, file, exact !== undefined);
}

/**
 * Whether a path without a file of its own may be a route inside the page. A script or image that is
 * missing must be seen to be missing: HTML in its place, kept by caches, would break the page for good.
 */
function isNavigation(request: IncomingMessage, path: UiPath): boolean {
  if (path.extension !== undefined && path.extension !== 'html') return false;
  const destination = headerOf(request, 'sec-fetch-dest');
  if (destination !== undefined) {
    return ['document', 'iframe', 'frame', 'embed', 'object'].includes(destination);
  }
  const accept = headerOf(request, 'accept');
  return accept === undefined || accept.includes('text/html') || accept.includes('*/*');
}

async function sendFile(
  options: UiRouteOptions,
  { request, response }: Serving,
  file: UiFile,
  exact: boolean,
): Promise<void> {
  const type = contentTypeOf(file.path);
  const etag = `"sha256-${file.sha256}"`;
  const headers = {
    etag,
    'cache-control': exact ? IMMUTABLE : 'no-cache',
    ...(!exact && { vary: 'accept, sec-fetch-dest' }),
    ...(type === 'text/html' && { 'content-security-policy': options.contentSecurityPolicy }),
  };
  if (isKnown(headerOf(request, 'if-none-match'), etag)) return send(response, 304, headers);
  const nosniff = { 'x-content-type-options': 'nosniff' };
  const full = { ...headers, ...nosniff, 'content-type': type, 'content-length': file.size };
  if (request.method === 'HEAD') {
    response.writeHead(200, full).end();
    return;
  }
  const sendBody = await options.files.prepare(file);
  response.writeHead(200, full);
  await sendBody(response);
}

/** Whether an `If-None-Match` names the tag exactly; weak forms do not. */
function isKnown(header: string | undefined, etag: string): boolean {
  return header?.split(',').some((tag) => tag.trim() === etag || tag.trim() === '*') ?? false;
}
