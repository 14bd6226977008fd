import { S3Error } from '../errors.js';
import { headerValue, type S3Request } from '../request.js';
import type { WriteCondition } from '../storage/objects.js';
import type { ObjectRecord } from '../storage/record.js';

/**
 * The condition a write carries: `If-None-Match: *` (only where nothing is) or `If-Match` (only over
 * that very content). Bundles are written once by this means, so it is judged under the key's lock.
 */
export function writeCondition(request: S3Request): WriteCondition {
  const noneMatch = headerValue(request, 'if-none-match');
  const match = headerValue(request, 'if-match');
  if (noneMatch !== undefined && noneMatch.trim() !== '*') {
    throw new S3Error('NotImplemented', 'A write can only have If-None-Match: *.');
  }
  return (existing) => {
    if (noneMatch !== undefined && existing !== undefined) throw new S3Error('PreconditionFailed');
    if (match === undefined) return;
    if (existing === undefined) throw new S3Error('NoSuchKey');
    if (!tagsInclude(match, existing.etag)) throw new S3Error('PreconditionFailed');
  };
}

/** Names of the four conditions, which copies carry under a prefix of their own. */
const READ_NAMES = {
  match: 'if-match',
  noneMatch: 'if-none-match',
  since: 'if-modified-since',
  unmodified: 'if-unmodified-since',
};

/** Outcome of the conditions of a read: `unchanged` is answered with 304. */
export function readCondition(request: S3Request, record: ObjectRecord, prefix = ''): 'read' | 'unchanged' {
  const value = (name: string): string | undefined => headerValue(request, prefix + name);
  const match = value(READ_NAMES.match);
  const noneMatch = value(READ_NAMES.noneMatch);
  if (match !== undefined) {
    if (!tagsInclude(match, record.etag)) throw new S3Error('PreconditionFailed');
  } else if (isLater(record.modified, value(READ_NAMES.unmodified)) === true) {
    throw new S3Error('PreconditionFailed');
  }
  if (noneMatch !== undefined) return tagsInclude(noneMatch, record.etag) ? 'unchanged' : 'read';
  return isLater(record.modified, value(READ_NAMES.since)) === false ? 'unchanged' : 'read';
}

function tagsInclude(header: string, etag: string): boolean {
  return header.split(',').some((item) => {
    const tag = item
      .trim()
      .replace(/^W\//, '')
      .replace(/^"(.*)"$/, '$1');
    return tag === '*' || tag === etag;
  });
}

/** Whether the time is after the header's, to the second; undefined when the header names no time. */
function isLater(modified: number, header: string | undefined): boolean | undefined {
  const limit = header === undefined ? Number.NaN : Date.parse(header);
  return Number.isNaN(limit) ? undefined : Math.floor(modified / 1000) > Math.floor(limit / 1000);
}
