import { S3Error } from '../errors.js';
import { headerValue, type S3Request } from '../request.js';
import type { OpenedObject } from '../storage/objects.js';
import { readAttributes } from './attributes.js';
import { readCondition, writeCondition } from './conditions.js';
import { type Exchange, isoTime, quoted, sendXml } from './exchange.js';
import { partNumber, uploadAddress } from './multipart.js';
import { readRange } from './range.js';

/** `PUT` with `x-amz-copy-source`: one object becomes, or replaces, another. */
export async function copyObject(exchange: Exchange): Promise<void> {
  const { storage, request, bucket, key } = exchange;
  const source = copySource(request);
  const replace = headerValue(request, 'x-amz-metadata-directive') === 'REPLACE';
  if (!replace && source.bucket === bucket && source.key === key) {
    throw new S3Error('InvalidRequest', 'A copy onto itself must change the metadata.');
  }
  const record = await storage.objects.find(source.bucket, source.key);
  if (record === undefined) throw new S3Error('NoSuchKey');
  requireSource(request, record);
  await storage.buckets.folder(bucket);
  const file = await storage.objects.duplicate(source.bucket, record);
  const attributes = replace
    ? readAttributes(request)
    : { headers: record.headers, metadata: record.metadata };
  const write = { bucket, key, file, etag: record.etag, attributes, condition: writeCondition(request) };
  const copied = await storage.objects.commit(write, exchange.now);
  sendXml(exchange.response, [
    'CopyObjectResult',
    [
      ['LastModified', isoTime(copied.modified)],
      ['ETag', quoted(copied.etag)],
    ],
  ]);
}

/** A part of a multipart upload that is taken from an object, or from a range of one. */
export async function copyPart(exchange: Exchange): Promise<void> {
  const { storage, request, now } = exchange;
  const source = copySource(request);
  const opened = await storage.objects.open(source.bucket, source.key);
  try {
    requireSource(request, opened.record);
    const file = await storage.temporary.receive(bytesOf(opened, request));
    const part = await storage.uploads.putPart(uploadAddress(exchange), partNumber(exchange), file, now);
    sendXml(exchange.response, [
      'CopyPartResult',
      [
        ['LastModified', isoTime(part.modified)],
        ['ETag', quoted(part.etag)],
      ],
    ]);
  } finally {
    await opened.file.close();
  }
}

async function* bytesOf({ record, file }: OpenedObject, request: S3Request): AsyncGenerator<Buffer> {
  if (record.size === 0) return;
  const range = readRange(headerValue(request, 'x-amz-copy-source-range'), record.size);
  yield* file.createReadStream({ ...range, autoClose: false, highWaterMark: 256 * 1024 });
}

function requireSource(request: S3Request, record: OpenedObject['record']): void {
  if (readCondition(request, record, 'x-amz-copy-source-') === 'unchanged') {
    throw new S3Error('PreconditionFailed');
  }
}

function copySource(request: S3Request): { bucket: string; key: string } {
  const header = headerValue(request, 'x-amz-copy-source') ?? '';
  const [encoded = '', version] = header.replace(/^\//, '').split('?versionId=');
  if (version !== undefined && version !== 'null') {
    throw new S3Error('NotImplemented', 'Versions are not kept.');
  }
  let path: string;
  try {
    path = decodeURIComponent(encoded);
  } catch {
    throw new S3Error('InvalidArgument', 'The copy source is not valid.');
  }
  const slash = path.indexOf('/');
  if (slash < 1 || slash === path.length - 1) {
    throw new S3Error('InvalidArgument', 'The copy source must name a bucket and a key.');
  }
  return { bucket: path.slice(0, slash), key: path.slice(slash + 1) };
}
