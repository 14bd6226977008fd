/** Why a bundle could not be had. */
export type BundleFault =
  /** The hash or an id cannot name a bundle. */
  | 'bad_address'
  /** No store is configured, or the runner is offline and the bundle is not cached. */
  | 'unavailable'
  | 'not_found'
  /** The store answered with a refusal or kept failing. */
  | 'store'
  | 'too_large'
  | 'hash_mismatch'
  | 'signature'
  /** The archive is broken or hostile. */
  | 'archive'
  | 'disk';

/** A bundle could not be had; the message is fit for the caller and holds no secret. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
  readonly fault: BundleFault;

  constructor(fault: BundleFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}

/** The bytes are not the ones the hash stands for. */
export function hashMismatch(expected: string, got: string): BundleError {
  return new BundleError('hash_mismatch', `archive hash mismatch: expected ${expected}, got ${got}`);
}
