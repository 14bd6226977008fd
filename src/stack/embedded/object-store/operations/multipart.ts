import { readDocument } from '../body/payload.js';
import { S3Error } from '../errors.js';
import { headerValue, queryNumber, queryValue } from '../request.js';
import { encodePath } from '../signature/canonical.js';
import type { NamedPart, UploadAddress } from '../storage/uploads.js';
import { childText, parseXml, type XmlOut } from '../xml.js';
import { readAttributes } from './attributes.js';
import { encodingNote, nameEncoder } from './buckets.js';
import { writeCondition } from './conditions.js';
import { type Exchange, isoTime, quoted, sendEmpty, sendXml } from './exchange.js';

const MAX_PARTS = 10_000;

/** The upload that a request is about. */
export function uploadAddress({ request, bucket, key }: Exchange): UploadAddress {
  return { bucket, key, uploadId: queryValue(request, 'uploadId') ?? '' };
}

/** The part that a request is about. Throws an S3Error for a number out of range. */
export function partNumber({ request }: Exchange): number {
  const text = queryValue(request, 'partNumber') ?? '';
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > MAX_PARTS) {
    throw new S3Error('InvalidArgument', `The part number must be between 1 and ${MAX_PARTS}.`);
  }
  return number;
}

/** `POST ?uploads`: begins an upload in parts. */
export async function beginUpload({ storage, request, bucket, key, now, response }: Exchange): Promise<void> {
  const uploadId = await storage.uploads.begin(bucket, key, readAttributes(request), now);
  sendXml(response, [
    'InitiateMultipartUploadResult',
    [
      ['Bucket', bucket],
      ['Key', key],
      ['UploadId', uploadId],
    ],
  ]);
}

/** `PUT ?partNumber&uploadId`: receives a part. */
export async function putPart(exchange: Exchange): Promise<void> {
  const { storage } = exchange;
  const [address, number] = [uploadAddress(exchange), partNumber(exchange)];
  await storage.uploads.find(address);
  const file = await storage.temporary.receive(exchange.payload());
  const part = await storage.uploads.putPart(address, number, file, exchange.now);
  sendEmpty(exchange.response, 200, { etag: quoted(part.etag) });
}

/** `GET ?uploadId`: the parts received so far, page by page. */
export async function listParts(exchange: Exchange): Promise<void> {
  const { request, bucket, key } = exchange;
  const maxParts = queryNumber(request, 'max-parts', { min: 0, max: 1000, fallback: 1000 });
  const after = queryNumber(request, 'part-number-marker', { min: 0, max: MAX_PARTS, fallback: 0 });
  const address = uploadAddress(exchange);
  const following = (await exchange.storage.uploads.parts(address)).filter(({ number }) => number > after);
  const page = following.slice(0, maxParts);
  sendXml(exchange.response, [
    'ListPartsResult',
    [
      ['Bucket', bucket],
      ['Key', nameEncoder(exchange)(key)],
      ...encodingNote(exchange),
      ['UploadId', address.uploadId],
      ['StorageClass', 'STANDARD'],
      ['PartNumberMarker', after],
      ['NextPartNumberMarker', page.at(-1)?.number ?? 0],
      ['MaxParts', maxParts],
      ['IsTruncated', page.length < following.length],
      ...page.map(
        (part): XmlOut => [
          'Part',
          [
            ['PartNumber', part.number],
            ['LastModified', isoTime(part.modified)],
            ['ETag', quoted(part.etag)],
            ['Size', part.size],
          ],
        ],
      ),
    ],
  ]);
}

/** `DELETE ?uploadId`: gives an upload up. */
export async function abortUpload(exchange: Exchange): Promise<void> {
  await exchange.storage.uploads.remove(uploadAddress(exchange));
  sendEmpty(exchange.response, 204);
}

/** `POST ?uploadId`: makes an object of the parts that the body names. */
export async function completeUpload(exchange: Exchange): Promise<void> {
  const { storage, request, bucket, key } = exchange;
  const address = uploadAddress(exchange);
  const { headers, metadata } = await storage.uploads.find(address);
  const named = namedParts(await readDocument(exchange.payload()));
  const condition = writeCondition(request);
  condition(await storage.objects.find(bucket, key));
  const { file, etag } = await storage.uploads.assemble(address, named);
  const write = { bucket, key, file, etag, attributes: { headers, metadata }, condition };
  await storage.objects.commit(write, exchange.now);
  await storage.uploads.remove(address);
  const location = `http://${headerValue(request, 'host') ?? ''}${encodePath(`/${bucket}/${key}`)}`;
  sendXml(exchange.response, [
    'CompleteMultipartUploadResult',
    [
      ['Location', location],
      ['Bucket', bucket],
      ['Key', key],
      ['ETag', quoted(etag)],
    ],
  ]);
}

function namedParts(text: string): NamedPart[] {
  const document = parseXml(text);
  const parts = document.children
    .filter((child) => child.name === 'Part')
    .map((part) => ({
      number: Number(childText(part, 'PartNumber')),
      etag: (childText(part, 'ETag') ?? '').trim().replace(/^"(.*)"$/, '$1'),
    }));
  if (document.name !== 'CompleteMultipartUpload' || parts.length === 0) throw new S3Error('MalformedXML');
  for (const [index, { number }] of parts.entries()) {
    if (!Number.isInteger(number)) throw new S3Error('MalformedXML');
    if (index > 0 && number <= (parts[index - 1]?.number ?? 0)) throw new S3Error('InvalidPartOrder');
  }
  return parts;
}

/** Uploads on their way. Their number is small here, so all are given on one page. */
export async function listUploads(exchange: Exchange): Promise<void> {
  const { request, bucket } = exchange;
  const prefix = queryValue(request, 'prefix') ?? '';
  const encode = nameEncoder(exchange);
  const uploads = (await exchange.storage.uploads.list(bucket)).filter(({ key }) => key.startsWith(prefix));
  sendXml(exchange.response, [
    'ListMultipartUploadsResult',
    [
      ['Bucket', bucket],
      ['Prefix', encode(prefix)],
      ['KeyMarker', ''],
      ['UploadIdMarker', ''],
      ['MaxUploads', 1000],
      ...encodingNote(exchange),
      ['IsTruncated', false],
      ...uploads.map(
        (upload): XmlOut => [
          'Upload',
          [
            ['Key', encode(upload.key)],
            ['UploadId', upload.uploadId],
            ['StorageClass', 'STANDARD'],
            ['Initiated', isoTime(upload.initiated)],
          ],
        ],
      ),
    ],
  ]);
}
