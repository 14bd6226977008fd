import { createHash, type Hash } from 'node:crypto';
import { S3Error } from '../errors.js';
import { headerValue, type S3Request } from '../request.js';
import { type Authenticated, UNSIGNED_PAYLOAD } from '../signature/verify.js';
import { decodeAwsChunked } from './aws-chunked.js';
import { type Checksum, createChecksum } from './checksums.js';

/** Largest object or part a single request may carry. */
const MAX_BODY_BYTES = 5 * 1024 ** 3;
const CHUNKED = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
const CHECKSUM_HEADER = /^x-amz-checksum-(crc32|crc32c|crc64nvme|sha1|sha256)$/;

/** What the client has promised about its body, each of which is held against what arrives. */
interface Promises {
  readonly length: number;
  readonly sha256: string | undefined;
  readonly md5: string | undefined;
  readonly checksums: ReadonlyArray<{ name: string; expected: () => string | undefined; actual: Checksum }>;
}

/**
 * The body of a request, freed from its framing. The last step of the iteration throws when length,
 * hash or checksum are not those announced, so whoever stores it must not commit before the end.
 * Throws at once for announcements this server cannot check.
 */
export function openPayload(request: S3Request, authenticated: Authenticated): AsyncIterable<Buffer> {
  const { payloadHash } = authenticated;
  const trailers = new Map<string, string>();
  if (payloadHash.startsWith('STREAMING-') && payloadHash !== CHUNKED) {
    throw new S3Error('NotImplemented', `A body of kind ${payloadHash} is not supported.`);
  }
  // Leaving the loop early must not close the connection: the client still has to get its answer.
  const received: AsyncIterable<Buffer> = request.incoming.iterator({ destroyOnReturn: false });
  const source = payloadHash === CHUNKED ? decodeAwsChunked(received, trailers) : received;
  return checked(source, readPromises(request, payloadHash, trailers));
}

async function* checked(source: AsyncIterable<Buffer>, promises: Promises): AsyncGenerator<Buffer> {
  const sha256 = promises.sha256 === undefined ? undefined : createHash('sha256');
  const md5 = promises.md5 === undefined ? undefined : createHash('md5');
  let length = 0;
  for await (const chunk of source) {
    length += chunk.length;
    if (length > promises.length) throw new S3Error('IncompleteBody');
    sha256?.update(chunk);
    md5?.update(chunk);
    for (const { actual } of promises.checksums) actual.update(chunk);
    yield chunk;
  }
  if (length !== promises.length) throw new S3Error('IncompleteBody');
  requireDigest(sha256, 'hex', promises.sha256, 'XAmzContentSHA256Mismatch');
  requireDigest(md5, 'base64', promises.md5, 'BadDigest');
  for (const { name, expected, actual } of promises.checksums) {
    if (expected() !== actual.base64()) throw new S3Error('BadDigest', `The ${name} checksum did not match.`);
  }
}

function requireDigest(
  hash: Hash | undefined,
  encoding: 'hex' | 'base64',
  expected: string | undefined,
  code: 'XAmzContentSHA256Mismatch' | 'BadDigest',
): void {
  if (hash !== undefined && hash.digest(encoding) !== expected) throw new S3Error(code);
}

function readPromises(request: S3Request, payloadHash: string, trailers: Map<string, string>): Promises {
  const md5 = headerValue(request, 'content-md5');
  if (md5 !== undefined && Buffer.from(md5, 'base64').length !== 16) throw new S3Error('InvalidDigest');
  return {
    length: announcedLength(request, payloadHash),
    sha256: hashOf(payloadHash),
    md5,
    checksums: [...headerChecksums(request), ...trailerChecksums(request, trailers)],
  };
}

function announcedLength(request: S3Request, payloadHash: string): number {
  const header = payloadHash === CHUNKED ? 'x-amz-decoded-content-length' : 'content-length';
  const text = headerValue(request, header);
  if (text === undefined || !/^\d{1,15}$/.test(text)) throw new S3Error('MissingContentLength');
  if (Number(text) > MAX_BODY_BYTES) throw new S3Error('EntityTooLarge');
  return Number(text);
}

function hashOf(payloadHash: string): string | undefined {
  if (payloadHash === UNSIGNED_PAYLOAD || payloadHash === CHUNKED) return undefined;
  if (!/^[0-9a-f]{64}$/.test(payloadHash)) {
    throw new S3Error('InvalidArgument', 'x-amz-content-sha256 is not a hash.');
  }
  return payloadHash;
}

function headerChecksums(request: S3Request): Promises['checksums'] {
  return Object.keys(request.incoming.headers)
    .filter((name) => CHECKSUM_HEADER.test(name))
    .map((name) => ({ name, expected: () => headerValue(request, name), actual: checksumFor(name) }));
}

function trailerChecksums(request: S3Request, trailers: Map<string, string>): Promises['checksums'] {
  const announced = (headerValue(request, 'x-amz-trailer') ?? '').toLowerCase().split(',');
  return announced
    .map((name) => name.trim())
    .filter((name) => CHECKSUM_HEADER.test(name))
    .map((name) => ({ name, expected: () => trailers.get(name), actual: checksumFor(name) }));
}

function checksumFor(header: string): Checksum {
  const checksum = createChecksum(header.slice('x-amz-checksum-'.length));
  if (checksum === undefined) throw new S3Error('NotImplemented', `${header} is not supported.`);
  return checksum;
}

const MAX_DOCUMENT_BYTES = 4 * 1024 ** 2;

/** The whole of a small body as text (the XML of a few operations). Throws MalformedXML when it is large. */
export async function readDocument(payload: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of payload) {
    size += chunk.length;
    if (size > MAX_DOCUMENT_BYTES) throw new S3Error('MalformedXML', 'The document is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
