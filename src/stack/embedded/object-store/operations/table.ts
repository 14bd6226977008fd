import { S3Error } from '../errors.js';
import { headerValue, type S3Request } from '../request.js';
import {
  bucketLocation,
  bucketVersioning,
  createBucket,
  deleteBucket,
  headBucket,
  listBuckets,
  listObjects,
} from './buckets.js';
import { copyObject, copyPart } from './copy.js';
import type { Operation } from './exchange.js';
import { abortUpload, beginUpload, completeUpload, listParts, listUploads, putPart } from './multipart.js';
import { getObject, headObject, RESPONSE_OVERRIDES } from './object-read.js';
import { deleteObject, deleteObjects, putObject } from './object-write.js';

/** One row: what has to be there for the operation, and which other parameters it knows. */
interface Row {
  readonly method: string;
  readonly level: 'service' | 'bucket' | 'object';
  /** Query parameters that select the operation. */
  readonly selects: readonly string[];
  readonly knows: readonly string[];
  /** For operations told apart by this header alone. */
  readonly copies?: true;
  readonly operation: Operation;
}

const LISTING = ['prefix', 'delimiter', 'encoding-type', 'max-keys'];

/** Rows that select more come first. */
const rows: readonly Row[] = [
  row('GET', 'service', [], ['prefix', 'max-buckets'], listBuckets),
  row('GET', 'bucket', ['location'], [], bucketLocation),
  row('GET', 'bucket', ['versioning'], [], bucketVersioning),
  row(
    'GET',
    'bucket',
    ['uploads'],
    [...LISTING, 'max-uploads', 'key-marker', 'upload-id-marker'],
    listUploads,
  ),
  row(
    'GET',
    'bucket',
    [],
    [...LISTING, 'list-type', 'continuation-token', 'start-after', 'fetch-owner', 'marker'],
    listObjects,
  ),
  row('HEAD', 'bucket', [], [], headBucket),
  row('PUT', 'bucket', [], [], createBucket),
  row('DELETE', 'bucket', [], [], deleteBucket),
  row('POST', 'bucket', ['delete'], [], deleteObjects),
  row('GET', 'object', ['uploadId'], ['max-parts', 'part-number-marker', 'encoding-type'], listParts),
  row('GET', 'object', [], RESPONSE_OVERRIDES, getObject),
  row('HEAD', 'object', [], RESPONSE_OVERRIDES, headObject),
  { ...row('PUT', 'object', ['uploadId', 'partNumber'], [], copyPart), copies: true },
  row('PUT', 'object', ['uploadId', 'partNumber'], [], putPart),
  { ...row('PUT', 'object', [], [], copyObject), copies: true },
  row('PUT', 'object', [], [], putObject),
  row('POST', 'object', ['uploads'], [], beginUpload),
  row('POST', 'object', ['uploadId'], [], completeUpload),
  row('DELETE', 'object', ['uploadId'], [], abortUpload),
  row('DELETE', 'object', [], [], deleteObject),
];

function row(
  method: string,
  level: Row['level'],
  selects: readonly string[],
  knows: readonly string[],
  operation: Operation,
): Row {
  return { method, level, selects, knows, operation };
}

/**
 * The operation a request asks for. A parameter nobody knows (`?acl`, `?tagging`) is refused: taking
 * such a request for the plain one would overwrite an object with its access list.
 */
export function chooseOperation(request: S3Request): Operation {
  const level = request.bucket === undefined ? 'service' : request.key === undefined ? 'bucket' : 'object';
  const names = request.query.map(([name]) => name).filter(isOfOperation);
  const copies = headerValue(request, 'x-amz-copy-source') !== undefined;
  const found = rows.find(
    (candidate) =>
      candidate.level === level &&
      candidate.method === request.method &&
      (candidate.copies === undefined || copies) &&
      candidate.selects.every((name) => names.includes(name)),
  );
  if (found === undefined) throw new S3Error('MethodNotAllowed');
  const foreign = names.find((name) => !found.selects.includes(name) && !found.knows.includes(name));
  if (foreign !== undefined)
    throw new S3Error('NotImplemented', `The parameter ${foreign} is not supported.`);
  return found.operation;
}

/** Part of the signature, or hints for logs and for checks that a presigned address cannot make. */
const IGNORED = /^(X-Amz-.*|x-id|x-amz-(checksum-.*|sdk-checksum-algorithm|user-agent))$/;

function isOfOperation(name: string): boolean {
  return !IGNORED.test(name);
}
