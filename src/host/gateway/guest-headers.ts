import type { IncomingHttpHeaders } from 'node:http';
import { type ADDED_GUEST_HEADERS, PASSED_GUEST_HEADERS } from '../../core/guest-headers.js';
import type { RegistryId, TenantId } from '../../core/ids.js';

/** The two ways into the gateway: called directly, or by the page for its iframe. */
export type GatewayRoute = 'ext' | 'ext-proxy';

export interface GuestHeaderFacts {
  readonly route: GatewayRoute;
  readonly incoming: IncomingHttpHeaders;
  readonly requestId: string;
  readonly tenantId: TenantId;
  readonly registryId: RegistryId;
  /** Key by which a repeated call is recognised; only non-GET calls have one. */
  readonly idempotencyKey: string | undefined;
}

type GuestHeaders = Partial<
  Record<(typeof PASSED_GUEST_HEADERS)[number] | (typeof ADDED_GUEST_HEADERS)[number], string>
>;

/** The headers a guest sees: some of the caller's, and ours. Only the page's route has an id and a key of its own. */
export function guestHeaders(facts: GuestHeaderFacts): GuestHeaders {
  const headers: GuestHeaders = {};
  for (const name of PASSED_GUEST_HEADERS) {
    const value = facts.incoming[name];
    if (typeof value === 'string') headers[name] = value;
  }
  headers['x-alga-tenant'] = facts.tenantId;
  headers['x-alga-extension'] = facts.registryId;
  if (facts.route === 'ext') return headers;
  headers['x-request-id'] = facts.requestId;
  if (facts.idempotencyKey !== undefined) headers['x-idempotency-key'] = facts.idempotencyKey;
  return headers;
}

/** Names of guest headers that reach the caller of the page's route; everything else is dropped. */
const RETURNED = ['content-type', 'cache-control', 'x-ext-request-id', 'x-ext-warning'] as const;

/** The guest's headers that the page's route passes back, and the names of those it drops. */
export function returnedHeaders(guest: Readonly<Record<string, string>>): {
  headers: Record<string, string>;
  dropped: string[];
} {
  const headers: Record<string, string> = {};
  const dropped: string[] = [];
  for (const [name, value] of Object.entries(guest)) {
    const lower = name.toLowerCase();
    if ((RETURNED as readonly string[]).includes(lower)) headers[lower] = value;
    else dropped.push(lower);
  }
  return { headers, dropped };
}
