import { createHash, timingSafeEqual } from 'node:crypto';
import { S3Error } from '../errors.js';
import { headerValue, queryValue, type S3Request } from '../request.js';
import { ALGORITHM, type Scope, type SignedParts, signatureOf } from './canonical.js';

/** The one account of the server. */
export interface Credentials {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** A request whose signature holds. */
export interface Authenticated {
  /** What the request says its body hashes to, or one of the words that say it is not hashed. */
  readonly payloadHash: string;
}

/** What stands for the hash of a body that is not part of the signature. */
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';

const MAX_SKEW_MS = 15 * 60_000;
const MAX_EXPIRY_SECONDS = 7 * 24 * 3600;

interface Claim {
  readonly accessKey: string;
  readonly scope: Scope;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly timestamp: string;
}

/**
 * Checks the signature of a request, in its header or (presigned) in its query. Everything is
 * refused that is not signed with the one key: there is no anonymous access.
 */
export function authenticate(request: S3Request, credentials: Credentials, now: Date): Authenticated {
  const inHeader = headerValue(request, 'authorization') !== undefined;
  const inQuery = queryValue(request, 'X-Amz-Algorithm') !== undefined;
  if (inHeader && inQuery) {
    throw new S3Error('InvalidArgument', 'Only one way of authentication is allowed.');
  }
  if (inHeader) return authenticateHeader(request, credentials, now);
  if (inQuery) return authenticateQuery(request, credentials, now);
  throw new S3Error('AccessDenied');
}

function authenticateHeader(request: S3Request, credentials: Credentials, now: Date): Authenticated {
  const claim = headerClaim(request);
  const payloadHash = headerValue(request, 'x-amz-content-sha256');
  if (payloadHash === undefined) {
    throw new S3Error('InvalidRequest', 'Missing required header: x-amz-content-sha256.');
  }
  checkKey(claim, credentials);
  const skew = Math.abs(now.getTime() - timeOf(claim, 'AuthorizationHeaderMalformed').getTime());
  if (skew > MAX_SKEW_MS) throw new S3Error('RequestTimeTooSkewed');
  checkSignature(request, claim, payloadHash, request.query, credentials);
  return { payloadHash };
}

function authenticateQuery(request: S3Request, credentials: Credentials, now: Date): Authenticated {
  const { claim, expires } = queryClaim(request);
  checkKey(claim, credentials);
  const signedAt = timeOf(claim, 'AuthorizationQueryParametersError').getTime();
  if (now.getTime() > signedAt + expires * 1000) throw new S3Error('AccessDenied', 'Request has expired.');
  if (now.getTime() < signedAt - MAX_SKEW_MS) {
    throw new S3Error('AccessDenied', 'Request is not valid yet.');
  }
  const query = request.query.filter(([name]) => name !== 'X-Amz-Signature');
  const payloadHash = queryValue(request, 'X-Amz-Content-Sha256') ?? UNSIGNED_PAYLOAD;
  checkSignature(request, claim, payloadHash, query, credentials);
  return { payloadHash };
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256\s+Credential=([^,\s]+)\s*,\s*SignedHeaders=([^,\s]+)\s*,\s*Signature=([0-9a-f]{64})$/;

function headerClaim(request: S3Request): Claim {
  const text = headerValue(request, 'authorization') ?? '';
  const match = AUTHORIZATION.exec(text.trim());
  if (match === null) throw new S3Error('AuthorizationHeaderMalformed');
  const [, credential = '', signedHeaders = '', signature = ''] = match;
  return {
    ...readCredential(credential, 'AuthorizationHeaderMalformed'),
    signedHeaders: signedHeaders.split(';'),
    signature,
    timestamp: headerValue(request, 'x-amz-date') ?? '',
  };
}

const QUERY_NAMES = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-SignedHeaders',
  'X-Amz-Signature',
] as const;

function queryClaim(request: S3Request): { claim: Claim; expires: number } {
  const values = QUERY_NAMES.map((name) => {
    const found = request.query.filter(([known]) => known === name);
    if (found.length !== 1) throw new S3Error('AuthorizationQueryParametersError');
    return found[0]?.[1] ?? '';
  });
  const [algorithm, credential = '', timestamp = '', expiry = '', signedHeaders = '', signature = ''] =
    values;
  const expires = /^\d{1,7}$/.test(expiry) ? Number(expiry) : Number.NaN;
  const wellFormed = algorithm === ALGORITHM && /^[0-9a-f]{64}$/.test(signature);
  if (!wellFormed || !(expires >= 1 && expires <= MAX_EXPIRY_SECONDS)) {
    throw new S3Error('AuthorizationQueryParametersError');
  }
  const claim = {
    ...readCredential(credential, 'AuthorizationQueryParametersError'),
    signedHeaders: signedHeaders.split(';'),
    signature,
    timestamp,
  };
  return { claim, expires };
}

type MalformedCode = 'AuthorizationHeaderMalformed' | 'AuthorizationQueryParametersError';

function readCredential(text: string, code: MalformedCode): { accessKey: string; scope: Scope } {
  const parts = text.split('/');
  const [terminator, service, region, date] = parts.reverse();
  const accessKey = parts.slice(4).reverse().join('/');
  if (terminator !== 'aws4_request' || service !== 's3' || !region || !date || accessKey === '') {
    throw new S3Error(code);
  }
  return { accessKey, scope: { date, region } };
}

function timeOf(claim: Claim, code: MalformedCode): Date {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(claim.timestamp);
  if (match === null || !claim.timestamp.startsWith(claim.scope.date)) throw new S3Error(code);
  const [, year, month, day, hour, minute, second] = match;
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function checkKey(claim: Claim, credentials: Credentials): void {
  if (!sameText(claim.accessKey, credentials.accessKey)) throw new S3Error('InvalidAccessKeyId');
}

function checkSignature(
  request: S3Request,
  claim: Claim,
  payloadHash: string,
  query: S3Request['query'],
  credentials: Credentials,
): void {
  requireSigned(request, claim.signedHeaders);
  const parts: SignedParts = {
    method: request.method,
    path: request.path,
    query,
    headers: claim.signedHeaders.map((name) => [name, signedValue(request, name)]),
    payloadHash,
    timestamp: claim.timestamp,
    scope: claim.scope,
  };
  if (!sameText(signatureOf(parts, credentials.secretKey), claim.signature)) {
    throw new S3Error('SignatureDoesNotMatch');
  }
}

/** Host and every header of the protocol must be under the signature, or a third party could add one. */
function requireSigned(request: S3Request, signed: readonly string[]): void {
  const present = Object.keys(request.incoming.headers).filter((name) => name.startsWith('x-amz-'));
  for (const name of ['host', ...present]) {
    if (!signed.includes(name)) {
      throw new S3Error('AccessDenied', `The header ${name} was sent but not signed.`);
    }
  }
}

function signedValue(request: S3Request, name: string): string {
  const value = headerValue(request, name);
  if (value === undefined)
    throw new S3Error('SignatureDoesNotMatch', `The signed header ${name} is missing.`);
  return value;
}

/** Compares in a time that tells nothing about where two texts differ. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
