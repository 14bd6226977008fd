import type { EngineOptions } from '../executable.js';
import type { HostContext } from './host-context.js';
import { type Outbound, OutboundBodyError, OutboundError } from './outbound.js';
import { err, ok, type Result } from './result.js';

type ProxyError = 'route-not-found' | 'denied' | 'bad-request' | 'internal';

export interface UiProxyTarget {
  readonly options: EngineOptions['uiProxy'];
  readonly outbound: Outbound;
  readonly maxResponseBytes: number;
}

/** `ui-proxy.call-route`: GET without a payload, POST of JSON with one; the bytes of a 2xx answer. */
export async function callRoute(
  cx: HostContext,
  target: UiProxyTarget,
  route: string,
  payload: Uint8Array | undefined,
): Promise<Result<Uint8Array, ProxyError>> {
  const base = baseUrl(target.options.baseUrl);
  if (base === undefined) return err('route-not-found');
  const url = routeUrl(base, cx.request.extensionId, route);
  if (url === undefined) return err('bad-request');
  try {
    const answer = await target.outbound.follow({
      method: payload === undefined ? 'GET' : 'POST',
      url,
      headers: headersOf(cx, payload !== undefined),
      body: payload,
      timeoutMs: target.options.timeoutMs,
      maxResponseBytes: target.maxResponseBytes,
      signal: cx.signal,
    });
    return answer.status >= 200 && answer.status < 300 ? ok(answer.body) : err(errorOf(answer.status));
  } catch (error) {
    if (error instanceof OutboundError || error instanceof OutboundBodyError) return err('internal');
    throw error;
  }
}

function baseUrl(base: string | undefined): URL | undefined {
  if (base === undefined || !URL.canParse(base)) return undefined;
  const url = new URL(base);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}

/** Base, extension and route as one address; `undefined` for a route that is empty or climbs. */
function routeUrl(base: URL, extensionId: string, route: string): URL | undefined {
  const trimmed = route.trim();
  if (trimmed === '') return undefined;
  const question = trimmed.indexOf('?');
  const path = question < 0 ? trimmed : trimmed.slice(0, question);
  const segments = path.split('/').filter((segment) => segment !== '');
  if (segments.some((segment) => segment === '.' || segment === '..')) return undefined;
  const isApi = path.startsWith('/api/') || path.startsWith('api/');
  const all = isApi ? segments : [extensionId, ...segments];
  const url = new URL(base);
  url.pathname = [base.pathname.replace(/\/+$/, ''), ...all.map(encodeSegment)].join('/');
  url.search = question < 0 ? '' : trimmed.slice(question + 1);
  url.hash = '';
  return url;
}

/** Percent-encodes what would not stay inside its path segment; a `%` too, so nothing decodes to dots. */
function encodeSegment(segment: string): string {
  return Buffer.from(segment, 'utf8')
    .toString('latin1')
    .replace(/[^!$&'()*+,\-.0-9:;=@A-Z[\]_a-z|~]/g, (byte) => {
      return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
    });
}

function headersOf({ request, secrets }: HostContext, json: boolean): Array<readonly [string, string]> {
  const apiKey = secrets?.expired === false ? secrets.values.get('api_key') : undefined;
  const known: ReadonlyArray<readonly [string, string | undefined]> = [
    ['x-request-id', request.requestId ?? 'ui-proxy-call'],
    ['x-alga-tenant', request.tenantId],
    ['x-alga-extension', request.extensionId],
    ['x-ext-install-id', request.installId],
    ['x-ext-version-id', request.versionId],
    ['x-api-key', apiKey],
    ['x-user-id', request.user?.userId],
    ['x-user-email', request.user?.userEmail],
    ['content-type', json ? 'application/json' : undefined],
  ];
  return known.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

function errorOf(status: number): ProxyError {
  if (status === 401 || status === 403 || status === 429) return 'denied';
  if (status === 404) return 'route-not-found';
  return status >= 400 && status < 500 ? 'bad-request' : 'internal';
}
