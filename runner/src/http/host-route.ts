import type { LookupResult } from '../registry/registry-client.js';
import { type Exchange, headerOf, type Route } from './exchange.js';
import { hostNameOf } from './request-host.js';
import { send } from './respond.js';

export interface HostRouteOptions {
  readonly lookupByHost: (host: string) => Promise<LookupResult>;
}

/** `GET /`: sends a browser on an extension's own host name to the page installed there now. */
export function createHostRoute(options: HostRouteOptions): Route {
  return {
    name: 'host',
    methods: ['GET', 'HEAD'],
    matches: (path) => path === '/',
    handle: (exchange) => handle(options, exchange),
  };
}

async function handle(options: HostRouteOptions, { request, response }: Exchange): Promise<void> {
  const host = hostNameOf(headerOf(request, 'host'));
  if (host === undefined) return send(response, 400);
  const found = await options.lookupByHost(host);
  if (found.kind === 'unreachable') return send(response, 502);
  if (found.kind === 'unknown') return send(response, 404);
  const { tenantId, extensionId, contentHash } = found.install;
  const page = `/ext-ui/${segment(extensionId)}/${segment(contentHash)}/index.html`;
  const query = `tenant=${encodeURIComponent(tenantId)}&extensionId=${encodeURIComponent(extensionId)}`;
  send(response, 307, { location: `${page}?${query}` });
}

/** A path segment; the colon of `sha256:` may stand as it is. */
function segment(text: string): string {
  return encodeURIComponent(text).replaceAll('%3A', ':');
}
