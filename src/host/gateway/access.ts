import type { TenantId } from '../../core/ids.js';
import { type ActingUser, may } from './acting-user.js';
import { type Endpoint, isGatewayMethod, matchEndpoint, readEndpoints } from './endpoint-match.js';
import type { CallableInstall, GatewayData } from './gateway-data.js';
import { type Refusal, refusals } from './refusal.js';
import type { TokenBuckets } from './token-bucket.js';

/** What the policy judges. */
export interface AccessRequest {
  readonly tenantId: TenantId;
  readonly user: ActingUser;
  /** The extension as the caller named it. */
  readonly id: string;
  /** After any override; HEAD is judged as GET. */
  readonly method: string;
  readonly path: string;
}

/** A request that may go on. */
export interface Access {
  readonly install: CallableInstall;
  readonly endpoint: Endpoint;
}

export interface AccessPolicy {
  readonly data: Pick<GatewayData, 'findInstall'>;
  /** Absent when the limit is switched off. */
  readonly buckets: TokenBuckets | undefined;
}

/**
 * The product's access policy, in its order, the first failure ending the request: method, install,
 * endpoint, rights (internal users need read for GET and write for the rest; portal users need the
 * client portal hook and a client), rate limit.
 */
export async function judgeAccess(policy: AccessPolicy, request: AccessRequest): Promise<Access | Refusal> {
  const { tenantId, user, path } = request;
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  if (!isGatewayMethod(method)) return refusals.noEndpoint;
  const install = await policy.data.findInstall(tenantId, request.id);
  if (!install) return refusals.notAvailable;
  const endpoint = matchEndpoint(readEndpoints(install.endpoints), method, path);
  if (!endpoint) return refusals.noEndpoint;
  const allowed =
    user.userType === 'internal'
      ? may(user, method === 'GET' ? 'read' : 'write')
      : portalAllows(install, user);
  if (!allowed) return refusals.forbidden;
  const taken = policy.buckets?.take(`${tenantId}:${install.registryId}`);
  if (taken && !taken.allowed) {
    return { status: 429, error: 'rate_limited', retryAfter: taken.retryAfterSeconds };
  }
  return { install, endpoint };
}

/** Users of the client portal need no right, but an entry in its menu and a client they belong to. */
function portalAllows(install: CallableInstall, user: ActingUser): boolean {
  const label = install.ui?.hooks.clientPortalMenu?.label.trim();
  return Boolean(label) && user.clientId !== null;
}
