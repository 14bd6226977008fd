import { AlgaError, algaError, textOf } from '../core/errors/alga-error.js';

/** What went wrong, as far as the answer of an S3 server or the connection tells. */
interface Failure {
  /** S3 error code (`AccessDenied`), system error code (`ECONNRESET`), or empty. */
  readonly code: string;
  /** HTTP status when only that is known (the client drops the body of some 5xx answers). */
  readonly status: number | undefined;
  readonly text: string;
}

const PASSING_CODES: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'InternalError',
  'SlowDown',
  'ServiceUnavailable',
  'RequestTimeout',
  'XMinioServerNotInitialized',
]);

const UNREACHABLE_CODES: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

const DENIED_CODES: ReadonlySet<string> = new Set([
  'AccessDenied',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'AuthorizationHeaderMalformed',
  'Forbidden',
]);

function failureOf(thrown: unknown): Failure {
  const text = textOf(thrown);
  const code =
    thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
  const status = /Retryable HTTP status: (\d{3})/.exec(text)?.[1];
  return { code, status: status === undefined ? undefined : Number(status), text };
}

/** Whether trying again may help: the connection broke, or the server asked for patience. */
export function isPassing(thrown: unknown): boolean {
  const { code, status, text } = failureOf(thrown);
  return PASSING_CODES.has(code) || status !== undefined || text === 'socket hang up';
}

/** Whether the object or bucket asked for does not exist. */
export function isMissing(thrown: unknown): boolean {
  return ['NoSuchKey', 'NotFound', 'NoSuchObject'].includes(failureOf(thrown).code);
}

/** Whether a conditional write was refused because the key is taken or being taken. */
export function isTaken(thrown: unknown): boolean {
  return ['PreconditionFailed', 'ConditionalRequestConflict'].includes(failureOf(thrown).code);
}

/** Turns what the S3 client threw into a coded error; coded errors pass through. */
export function storeFailure(
  thrown: unknown,
  where: { endpoint: string; bucket: string; operation: string },
): AlgaError {
  if (thrown instanceof AlgaError) return thrown;
  const { endpoint, bucket, operation } = where;
  const { code, status, text } = failureOf(thrown);
  const detail = code || text;
  const options = { cause: thrown };
  if (UNREACHABLE_CODES.has(code) || text === 'socket hang up') {
    return algaError('STORE_UNREACHABLE', { endpoint, detail }, options);
  }
  if (code === 'RequestTimeTooSkewed') return algaError('STORE_CLOCK_SKEW', { endpoint }, options);
  if (DENIED_CODES.has(code)) return algaError('STORE_ACCESS_DENIED', { endpoint, detail }, options);
  if (code === 'NoSuchBucket') return algaError('STORE_BUCKET_MISSING', { endpoint, bucket }, options);
  if (code === 'XMinioStorageFull' || status === 507) return algaError('STORE_FULL', { endpoint }, options);
  return algaError(
    'STORE_FAILED',
    { endpoint, operation, detail: code ? `${code}: ${text}` : text },
    options,
  );
}
