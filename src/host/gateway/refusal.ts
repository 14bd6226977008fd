/** The gateway's own negative answer: a status and a JSON body. */
export interface Refusal {
  readonly status: number;
  readonly error: string;
  /** Seconds, for the `retry-after` header. */
  readonly retryAfter?: number;
  /** Whether the body carries the request id. */
  readonly withRequestId?: boolean;
  /** Whether the session ends with it: whom the caller acts as is forgotten. */
  readonly endsSession?: boolean;
  /** What stands under `error` in the body when it is more than the code. */
  readonly fault?: Readonly<Record<string, unknown>>;
}

/** A tenant whose product has no extensions. */
export function productDenied(productCode: string) {
  const error = 'PRODUCT_ACCESS_DENIED';
  return {
    status: 403,
    error,
    fault: {
      code: error,
      message: `Extensions are not part of the product ${productCode}`,
      details: { capability: 'extensions', productCode },
    },
  } as const satisfies Refusal;
}

/** The ways in which the gateway refuses a call, in the words of the product. */
export const refusals = {
  signedOut: { status: 401, error: 'Unauthorized' },
  contradictory: { status: 401, error: 'Invalid session identity', endsSession: true },
  tenantMismatch: { status: 403, error: 'tenant_mismatch' },
  notAvailable: { status: 404, error: 'extension_not_available' },
  noEndpoint: { status: 404, error: 'endpoint_not_found' },
  forbidden: { status: 403, error: 'forbidden' },
  policyUnavailable: { status: 503, error: 'access_policy_unavailable' },
  payloadTooLarge: { status: 413, error: 'payload_too_large' },
  notInstalled: { status: 404, error: 'not_installed' },
  notInstalledForPage: { status: 404, error: 'Extension not installed' },
  badGateway: { status: 502, error: 'bad_gateway', withRequestId: true },
} as const satisfies Record<string, Refusal>;
