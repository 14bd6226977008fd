import type { TenantId } from '../../core/ids.js';
import type { Hydration } from './gateway-data.js';
import type { GatewayRoute } from './guest-headers.js';

export interface TransportFacts {
  readonly route: GatewayRoute;
  readonly requestId: string;
  readonly tenantId: TenantId;
  readonly hydration: Hydration;
  readonly idempotencyKey: string | undefined;
  readonly serviceToken: string;
  /** Key of the component that answers in place of the published one, while it is being published. */
  readonly liveComponent: string | undefined;
}

/**
 * Headers of the call to the runner itself. Only the direct route lets the runner replay the answer
 * of a repeated idempotency key; only the page's route sends the service token and the ids.
 */
export function transportHeaders(facts: TransportFacts): Record<string, string> {
  const { idempotencyKey } = facts;
  const { install } = facts.hydration;
  const common = {
    'content-type': 'application/json',
    'x-request-id': facts.requestId,
    'x-alga-tenant': facts.tenantId,
    'x-alga-extension': install.registryId,
    ...(facts.liveComponent ? { 'x-alga-live-component': facts.liveComponent } : {}),
  };
  if (facts.route === 'ext') {
    return { ...common, ...(idempotencyKey === undefined ? {} : { 'x-idempotency-key': idempotencyKey }) };
  }
  return {
    ...common,
    'x-runner-service-token': facts.serviceToken,
    'x-ext-install-id': install.installId,
    'x-ext-version-id': install.versionId,
    'x-ext-registry-id': install.registryId,
    ...(install.configVersion ? { 'x-ext-config-version': install.configVersion } : {}),
    ...(install.secretsVersion ? { 'x-ext-secrets-version': install.secretsVersion } : {}),
  };
}
