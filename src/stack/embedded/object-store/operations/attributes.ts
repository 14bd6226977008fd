import { S3Error } from '../errors.js';
import { headerValue, type S3Request } from '../request.js';
import type { ObjectAttributes, ObjectRecord } from '../storage/record.js';
import { quoted } from './exchange.js';

const KEPT_HEADERS = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
];
const METADATA_PREFIX = 'x-amz-meta-';
const MAX_METADATA_BYTES = 2048;

/** What a writer says about its object in headers. Throws MetadataTooLarge or NotImplemented. */
export function readAttributes(request: S3Request): ObjectAttributes {
  const names = Object.keys(request.incoming.headers);
  if (names.some((name) => name.startsWith('x-amz-server-side-encryption'))) {
    throw new S3Error('NotImplemented', 'Encryption is not supported.');
  }
  const headers: Record<string, string> = { 'content-type': 'application/octet-stream' };
  for (const name of KEPT_HEADERS) {
    const value = name === 'content-encoding' ? contentEncoding(request) : headerValue(request, name);
    if (value !== undefined && value !== '') headers[name] = value;
  }
  const metadata: Record<string, string> = {};
  for (const name of names.filter((known) => known.startsWith(METADATA_PREFIX))) {
    metadata[name.slice(METADATA_PREFIX.length)] = headerValue(request, name) ?? '';
  }
  const size = Object.entries(metadata).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (size > MAX_METADATA_BYTES) throw new S3Error('MetadataTooLarge');
  return { headers, metadata };
}

/** `aws-chunked` describes the transfer, not the object. */
function contentEncoding(request: S3Request): string | undefined {
  return headerValue(request, 'content-encoding')
    ?.split(',')
    .map((item) => item.trim())
    .filter((item) => item !== 'aws-chunked')
    .join(',');
}

/** The headers of an answer that hands out an object or describes it. */
export function objectHeaders(record: ObjectRecord): Record<string, string> {
  const metadata = Object.entries(record.metadata).map(([name, value]) => [METADATA_PREFIX + name, value]);
  return {
    ...record.headers,
    ...Object.fromEntries(metadata),
    etag: quoted(record.etag),
    'last-modified': new Date(record.modified).toUTCString(),
    'accept-ranges': 'bytes',
  };
}
