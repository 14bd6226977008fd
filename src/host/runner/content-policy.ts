/** The policy with which the product serves an extension's page. */
export const PRODUCT_POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'";

export interface PolicyFacts {
  readonly registryId: string;
  /** Origin of the page around the frame. */
  readonly pageOrigin: string;
}

/** A published page's policy with what only the local host adds: who may frame it, where violations are reported. */
export function publishedPolicy(policy: string, facts: PolicyFacts): string {
  const ancestors = /(?:^|;)\s*frame-ancestors\s/i.test(policy)
    ? ''
    : `; frame-ancestors 'self' ${facts.pageOrigin}`;
  return `${policy}${ancestors}; report-uri /__alga/csp/${facts.registryId}`;
}

/**
 * Policy of the live page: the product's, plus the one socket over which hot updates come. Nothing
 * else is loosened, so what the product would block is blocked while developing.
 */
export function livePolicy(facts: PolicyFacts & { readonly host: string }): string {
  const policy = PRODUCT_POLICY.replace("connect-src 'self'", `connect-src 'self' ws://${facts.host}`);
  return publishedPolicy(policy, facts);
}
