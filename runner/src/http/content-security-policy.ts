import { validateHeaderValue } from 'node:http';

const DEFAULT = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
].join('; ');

export interface PolicySettings {
  /** Replaces the whole policy. */
  readonly contentSecurityPolicy?: string;
  /** Added to the default policy. */
  readonly frameAncestors?: string;
}

/** The policy HTML pages are served with; the default one when the configured one cannot be a header. */
export function contentSecurityPolicy(settings: PolicySettings): string {
  const { contentSecurityPolicy: whole, frameAncestors } = settings;
  const extended = frameAncestors === undefined ? DEFAULT : `${DEFAULT}; frame-ancestors ${frameAncestors}`;
  const policy = whole ?? extended;
  try {
    validateHeaderValue('content-security-policy', policy);
    return policy;
  } catch {
    return DEFAULT;
  }
}
