/**
 * The headers of a caller that the gateway hands to a handler as they came. Cookies, authorization, origin,
 * referer and everything else a caller may send never reach it.
 */
export const PASSED_GUEST_HEADERS = [
  'x-request-id',
  'accept',
  'content-type',
  'accept-encoding',
  'user-agent',
] as const;

/** The headers that the gateway adds itself, whatever the caller claimed. */
export const ADDED_GUEST_HEADERS = ['x-alga-tenant', 'x-alga-extension', 'x-idempotency-key'] as const;

/** Every header that a handler can ever find in a request, in the order of the alphabet. */
export const GUEST_HEADERS: readonly string[] = [...PASSED_GUEST_HEADERS, ...ADDED_GUEST_HEADERS].sort();
