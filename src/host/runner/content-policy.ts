import { SEALED_SANDBOX } from '../front/sealed-frames.js';

/** The policy with which the product serves an extension's page. */
export const PRODUCT_POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'";

export interface PolicyFacts {
  readonly registryId: string;
  /** Origin of the page around the frame. */
  readonly pageOrigin: string;
  /** Path below which the frame's files are served when it is sealed; empty for every other frame. */
  readonly sealedPath: string;
}

/**
 * A published page's policy with what only the local host adds: who may frame it, where violations are
 * reported, and for a sealed frame the sandbox itself, so that its address never gives it an origin.
 */
export function publishedPolicy(policy: string, facts: PolicyFacts): string {
  const ancestors = /(?:^|;)\s*frame-ancestors\s/i.test(policy)
    ? ''
    : `; frame-ancestors 'self' ${facts.pageOrigin}`;
  const { registryId, sealedPath } = facts;
  const seal = sealedPath === '' ? '' : `; sandbox ${SEALED_SANDBOX}`;
  return `${policy}${ancestors}; report-uri ${sealedPath}/__alga/csp/${registryId}${seal}`;
}

/**
 * Policy of the live page: the product's, plus the one socket over which hot updates come. Nothing
 * else is loosened, so what the product would block is blocked while developing.
 */
export function livePolicy(facts: PolicyFacts & { readonly host: string }): string {
  const policy = PRODUCT_POLICY.replace("connect-src 'self'", `connect-src 'self' ws://${facts.host}`);
  return publishedPolicy(policy, facts);
}
