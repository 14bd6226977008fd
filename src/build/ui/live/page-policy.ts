/** The content security policy that the product sends with every page of an extension. */
export const PRODUCTION_POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'";

const HOST = /^[a-z0-9.-]+(?::\d+)?$|^\[[0-9a-f:.]+\](?::\d+)?$/i;

/**
 * The policy of a page that is served live: the production one, plus the one socket that brings the hot
 * updates. `host` is the request's Host header; without a usable one nothing is added.
 */
export function livePolicy(host: string | undefined, base: string): string {
  if (host === undefined || !HOST.test(host)) return PRODUCTION_POLICY;
  return PRODUCTION_POLICY.replace("connect-src 'self'", `connect-src 'self' ws://${host}${encodeURI(base)}`);
}
