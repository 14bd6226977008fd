import { createHash, createHmac } from 'node:crypto';
import type { QueryPair } from '../request.js';

/** The one algorithm of signatures that is understood. */
export const ALGORITHM = 'AWS4-HMAC-SHA256';

/** Date, region and service a signing key is good for. */
export interface Scope {
  /** `YYYYMMDD` */
  readonly date: string;
  readonly region: string;
}

/** What a signature is calculated over. */
export interface SignedParts {
  readonly method: string;
  /** Decoded path. */
  readonly path: string;
  /** Decoded parameters, without the signature itself. */
  readonly query: readonly QueryPair[];
  /** Signed headers with their values, names in lower case, in any order. */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
  readonly payloadHash: string;
  /** `YYYYMMDDTHHMMSSZ` */
  readonly timestamp: string;
  readonly scope: Scope;
}

/** The scope as it stands in a credential. */
export function scopeText(scope: Scope): string {
  return `${scope.date}/${scope.region}/s3/aws4_request`;
}

/** The signature of the parts under the secret key, in lower-case hex. */
export function signatureOf(parts: SignedParts, secretKey: string): string {
  const text = [
    ALGORITHM,
    parts.timestamp,
    scopeText(parts.scope),
    createHash('sha256').update(canonicalRequest(parts)).digest('hex'),
  ].join('\n');
  return createHmac('sha256', signingKey(secretKey, parts.scope)).update(text).digest('hex');
}

function canonicalRequest(parts: SignedParts): string {
  const headers = [...parts.headers].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    parts.method,
    encodePath(parts.path),
    canonicalQuery(parts.query),
    ...headers.map(([name, value]) => `${name}:${value.trim().replace(/\s+/g, ' ')}`),
    '',
    headers.map(([name]) => name).join(';'),
    parts.payloadHash,
  ].join('\n');
}

function canonicalQuery(query: readonly QueryPair[]): string {
  return query
    .map(([name, value]) => `${encodeRfc3986(name)}=${encodeRfc3986(value)}`)
    .sort()
    .join('&');
}

/** Every path segment encoded once, slashes kept: what S3 signs, unlike other services. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeRfc3986).join('/');
}

/** Percent-encoding of everything but letters, digits, `-`, `.`, `_` and `~`. */
export function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function signingKey(secretKey: string, scope: Scope): Buffer {
  const parts = [scope.date, scope.region, 's3', 'aws4_request'];
  const first = Buffer.from(`AWS4${secretKey}`);
  return parts.reduce((key, part) => createHmac('sha256', key).update(part).digest(), first);
}
