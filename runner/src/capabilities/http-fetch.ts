import { isIP } from 'node:net';
import type { EngineOptions } from '../executable.js';
import { type Outbound, OutboundBodyError, type OutboundCall, OutboundError } from './outbound.js';
import { isPrivateAddress, PrivateAddressError, publicLookup } from './private-network.js';
import { err, ok, type Result } from './result.js';

export interface HeaderPair {
  readonly name: string;
  readonly value: string;
}

export interface FetchRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly HeaderPair[];
  readonly body: Uint8Array | undefined;
}

export interface FetchResponse {
  readonly status: number;
  readonly headers: readonly HeaderPair[];
  readonly body: Uint8Array;
}

export type FetchError = 'invalid-url' | 'not-allowed' | 'transport' | 'internal';

/** Where guests may send requests. */
export type EgressRules = EngineOptions['egress'];

export interface EgressCount {
  sent: number;
  received: number;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VISIBLE = /^[\t\x20-\x7e]*$/;

/** Fields that belong to the connection; a guest that set them could desynchronise it. */
const OWN_FIELDS = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** `http.fetch`: one exchange, redirects returned, to hosts of the allow-list. */
export async function fetchForGuest(
  request: FetchRequest,
  egress: EgressRules,
  outbound: Outbound,
  signal: AbortSignal,
  count: EgressCount,
): Promise<Result<FetchResponse, FetchError>> {
  if (!TOKEN.test(request.method) || !URL.canParse(request.url)) return err('invalid-url');
  const url = new URL(request.url);
  if (url.hostname === '') return err('invalid-url');
  const access = accessTo(url.hostname, egress);
  if (access === 'refused') return err('not-allowed');
  const headers = request.headers.map(({ name, value }): [string, string] => [name, value]);
  if (!sendable(url, request.method, headers)) return err('transport');
  count.sent += request.body?.length ?? 0;
  return await exchange(outbound, count, {
    method: request.method,
    url,
    headers: headers.filter(([name]) => !OWN_FIELDS.has(name.toLowerCase())),
    body: request.body,
    timeoutMs: egress.timeoutMs,
    maxResponseBytes: egress.maxResponseBytes,
    signal,
    ...(access === 'public' && { lookup: publicLookup }),
  });
}

type Access = 'refused' | 'public' | 'any';

/** A listed host may be anywhere; with an empty list every host may be called that is on the internet. */
function accessTo(hostname: string, egress: EgressRules): Access {
  const host = hostname.toLowerCase();
  const bare = host.replace(/^\[|\]$/g, '');
  const listed = egress.allowlist.some(
    (entry) => host === entry || bare === entry || host.endsWith(`.${entry}`),
  );
  if (listed) return 'any';
  if (egress.allowlist.length > 0) return 'refused';
  if (egress.privateHosts === 'allowed') return 'any';
  return isIP(bare) !== 0 && isPrivateAddress(bare) ? 'refused' : 'public';
}

function sendable(url: URL, method: string, headers: ReadonlyArray<readonly [string, string]>): boolean {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return false;
  if (method.toUpperCase() === 'CONNECT') return false;
  return headers.every(([name, value]) => TOKEN.test(name) && !/[\0\r\n]/.test(value));
}

async function exchange(
  outbound: Outbound,
  count: EgressCount,
  call: OutboundCall,
): Promise<Result<FetchResponse, FetchError>> {
  try {
    const { status, headers, body } = await outbound.exchange(call);
    count.received += body.length;
    return ok({
      status,
      headers: headers.map(([name, value]) => ({ name, value: VISIBLE.test(value) ? value : '' })),
      body,
    });
  } catch (error) {
    if (error instanceof OutboundBodyError) return err('internal');
    if (!(error instanceof OutboundError)) throw error;
    return err(error.cause instanceof PrivateAddressError ? 'not-allowed' : 'transport');
  }
}
