import type { TenantId } from '../../core/ids.js';
import type { ActingUser } from './acting-user.js';
import type { Hydration } from './gateway-data.js';
import type { GatewayRoute } from './guest-headers.js';

/** Body of `POST /v1/execute`. */
export interface ExecuteRequest {
  readonly context: Readonly<Record<string, unknown>>;
  readonly http: Readonly<Record<string, unknown>>;
  readonly limits: { readonly timeout_ms: number };
  readonly providers?: readonly string[];
  readonly secret_envelope?: unknown;
  readonly endpoint?: string;
  readonly user?: Readonly<Record<string, unknown>>;
}

export interface ExecuteFacts {
  readonly route: GatewayRoute;
  readonly requestId: string;
  readonly tenantId: TenantId;
  readonly hydration: Hydration;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent: the guest sees no body. Empty: it sees an empty one. */
  readonly body: Buffer | undefined;
  readonly timeoutMs: number;
  readonly user: Readonly<Record<string, unknown>> | undefined;
}

/** The execute request of one of the two gateway routes; they differ in a few fields. */
export function executeRequest(facts: ExecuteFacts): ExecuteRequest {
  const { hydration, route, path } = facts;
  const { providers } = hydration.install;
  const proxied = route === 'ext-proxy';
  return {
    context: executeContext(facts.requestId, facts.tenantId, hydration),
    http: {
      method: facts.method,
      path,
      ...(proxied ? { url: path } : {}),
      query: facts.query,
      headers: facts.headers,
      ...(facts.body === undefined ? {} : { body_b64: facts.body.toString('base64') }),
    },
    limits: { timeout_ms: facts.timeoutMs },
    ...(proxied || providers.length > 0 ? { providers } : {}),
    ...(hydration.secretEnvelope ? { secret_envelope: hydration.secretEnvelope } : {}),
    ...(proxied ? { endpoint: `ui-proxy:${path}` } : {}),
    ...(facts.user ? { user: facts.user } : {}),
  };
}

/** The `context` part, which every kind of execution has. */
export function executeContext(
  requestId: string,
  tenantId: TenantId,
  hydration: Hydration,
): Record<string, unknown> {
  const { install, config } = hydration;
  return {
    request_id: requestId,
    tenant_id: tenantId,
    extension_id: install.registryId,
    install_id: install.installId,
    version_id: install.versionId,
    content_hash: install.contentHash,
    config,
  };
}

/**
 * The `user` part: who the guest is told is calling. Where one would expect the name of the user's
 * client stands the name of the MSP tenant.
 */
export function executeUser(
  route: GatewayRoute,
  user: ActingUser,
  tenantName: string,
): Record<string, unknown> {
  const common = {
    user_id: user.userId,
    user_email: user.email,
    user_name: user.name || user.username,
    user_type: user.userType,
    ...(user.userType === 'client' && user.clientId !== null ? { client_id: user.clientId } : {}),
  };
  if (route === 'ext') return { ...common, company_name: tenantName };
  return {
    ...common,
    client_name: tenantName,
    additional_fields: {
      username: user.username,
      ...(user.contactId === null ? {} : { contact_id: user.contactId }),
      ...(user.timezone === null ? {} : { timezone: user.timezone }),
    },
  };
}
