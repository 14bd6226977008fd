import { createHash, createHmac } from 'node:crypto';

export interface SigningInput {
  readonly method: 'GET' | 'HEAD';
  /** Address of the object; its query must be empty. */
  readonly url: URL;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
  readonly expiresSeconds: number;
  readonly now: Date;
}

/**
 * The address with an AWS Signature Version 4 in its query: whoever holds it may make this one
 * request until it expires. It is a secret: never log it.
 */
export function presign(input: SigningInput): URL {
  const time = input.now.toISOString().replace(/[-:]|\.\d+/g, '');
  const day = time.slice(0, 8);
  const scope = `${day}/${input.region}/s3/aws4_request`;
  const query = canonicalQuery({
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${input.accessKey}/${scope}`,
    'X-Amz-Date': time,
    'X-Amz-Expires': String(input.expiresSeconds),
    'X-Amz-SignedHeaders': 'host',
  });
  const path = input.url.pathname;
  const canonical = [input.method, path, query, `host:${input.url.host}`, '', 'host', 'UNSIGNED-PAYLOAD'];
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical.join('\n'))].join('\n');
  const key = ['s3', 'aws4_request'].reduce(hmac, hmac(hmac(`AWS4${input.secretKey}`, day), input.region));
  const signature = hmac(key, toSign).toString('hex');
  return new URL(`${input.url.origin}${path}?${query}&X-Amz-Signature=${signature}`);
}

/** A text as one segment of an S3 path or query: everything but the unreserved characters encoded. */
export function encodeSegment(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function canonicalQuery(parameters: Record<string, string>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${encodeSegment(name)}=${encodeSegment(value)}`)
    .sort()
    .join('&');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
