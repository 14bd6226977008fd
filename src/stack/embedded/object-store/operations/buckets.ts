import { S3Error } from '../errors.js';
import { queryNumber, queryValue } from '../request.js';
import { encodeRfc3986 } from '../signature/canonical.js';
import { listPage } from '../storage/listing.js';
import type { XmlOut } from '../xml.js';
import { type Exchange, isoTime, quoted, sendEmpty, sendXml } from './exchange.js';

const OWNER: XmlOut = [
  'Owner',
  [
    ['ID', 'alga'],
    ['DisplayName', 'alga'],
  ],
];

/** `GET /`: all buckets. */
export async function listBuckets({ storage, response }: Exchange): Promise<void> {
  const buckets = (await storage.buckets.list()).map(
    ({ name, created }): XmlOut => [
      'Bucket',
      [
        ['Name', name],
        ['CreationDate', isoTime(created)],
      ],
    ],
  );
  sendXml(response, ['ListAllMyBucketsResult', [OWNER, ['Buckets', buckets]]]);
}

/** `HEAD /<bucket>`: whether there is one. */
export async function headBucket({ storage, bucket, region, response }: Exchange): Promise<void> {
  await storage.buckets.folder(bucket);
  sendEmpty(response, 200, { 'x-amz-bucket-region': region });
}

/** `PUT /<bucket>`: makes a bucket. */
export async function createBucket(exchange: Exchange): Promise<void> {
  // The body may name a region; there is only one here, so it is checked for integrity and dropped.
  for await (const _ of exchange.payload());
  await exchange.storage.buckets.create(exchange.bucket, exchange.now);
  sendEmpty(exchange.response, 200, { location: `/${exchange.bucket}` });
}

/** `DELETE /<bucket>`: removes an empty bucket. */
export async function deleteBucket({ storage, bucket, response }: Exchange): Promise<void> {
  if ((await storage.objects.index(bucket)).size > 0) throw new S3Error('BucketNotEmpty');
  await storage.buckets.remove(bucket);
  storage.objects.forget(bucket);
  sendEmpty(response, 204);
}

/** `GET /<bucket>?location`: the region of a bucket. */
export async function bucketLocation({ storage, bucket, region, response }: Exchange): Promise<void> {
  await storage.buckets.folder(bucket);
  // The first region's name is written as nothing at all: so the protocol has it.
  sendXml(response, ['LocationConstraint', region === 'us-east-1' ? '' : region]);
}

/** Versions are never kept; saying so lets clients that ask go on. */
export async function bucketVersioning({ storage, bucket, response }: Exchange): Promise<void> {
  await storage.buckets.folder(bucket);
  sendXml(response, ['VersioningConfiguration', '']);
}

/** Both forms of the object listing; `list-type=2` chooses the newer. */
export async function listObjects(exchange: Exchange): Promise<void> {
  const { request, bucket } = exchange;
  const version2 = queryValue(request, 'list-type') === '2';
  const wish = {
    prefix: queryValue(request, 'prefix') ?? '',
    delimiter: queryValue(request, 'delimiter') ?? '',
    after: version2 ? afterOfVersion2(exchange) : (queryValue(request, 'marker') ?? ''),
    maxKeys: queryNumber(request, 'max-keys', { min: 0, max: 1000, fallback: 1000 }),
  };
  const page = listPage((await exchange.storage.objects.index(bucket)).sorted(), wish);
  const encode = nameEncoder(exchange);
  const owner = !version2 || queryValue(request, 'fetch-owner') === 'true' ? [OWNER] : [];
  sendXml(exchange.response, [
    'ListBucketResult',
    [
      ['Name', bucket],
      ['Prefix', encode(wish.prefix)],
      ...(wish.delimiter === '' ? [] : [['Delimiter', encode(wish.delimiter)] as const]),
      ['MaxKeys', wish.maxKeys],
      ...encodingNote(exchange),
      ['IsTruncated', page.truncated],
      ...(version2 ? pagingOfVersion2(exchange, page) : pagingOfVersion1(wish.after, page.next, encode)),
      ...page.objects.map(
        (record): XmlOut => [
          'Contents',
          [
            ['Key', encode(record.key)],
            ['LastModified', isoTime(record.modified)],
            ['ETag', quoted(record.etag)],
            ['Size', record.size],
            ...owner,
            ['StorageClass', 'STANDARD'],
          ],
        ],
      ),
      ...page.prefixes.map((prefix): XmlOut => ['CommonPrefixes', [['Prefix', encode(prefix)]]]),
    ],
  ]);
}

type Page = ReturnType<typeof listPage>;

function pagingOfVersion1(
  marker: string,
  next: string | undefined,
  encode: (name: string) => string,
): XmlOut[] {
  return [['Marker', encode(marker)], ...(next === undefined ? [] : [['NextMarker', encode(next)] as const])];
}

function pagingOfVersion2({ request }: Exchange, page: Page): XmlOut[] {
  const token = queryValue(request, 'continuation-token');
  const startAfter = queryValue(request, 'start-after');
  const optional: Array<readonly [string, string | undefined]> = [
    ['ContinuationToken', token],
    ['StartAfter', startAfter],
    ['NextContinuationToken', page.next && Buffer.from(page.next).toString('base64url')],
  ];
  return [
    ['KeyCount', page.objects.length + page.prefixes.length],
    ...optional.flatMap(([name, value]): XmlOut[] => (value ? [[name, value]] : [])),
  ];
}

function afterOfVersion2({ request }: Exchange): string {
  const token = queryValue(request, 'continuation-token');
  if (token === undefined) return queryValue(request, 'start-after') ?? '';
  if (!/^[\w-]+$/.test(token)) throw new S3Error('InvalidArgument', 'The continuation token is not valid.');
  return Buffer.from(token, 'base64url').toString('utf8');
}

/** How names are written in a listing: as they are, or percent-encoded when the client asks. */
export function nameEncoder({ request }: Exchange): (name: string) => string {
  const encoding = queryValue(request, 'encoding-type');
  if (encoding === undefined || encoding === '') return (name) => name;
  if (encoding !== 'url') throw new S3Error('InvalidArgument', 'The encoding type is not valid.');
  return (name) => name.split('/').map(encodeRfc3986).join('/');
}

/** What a listing says about how its names are written; nothing when they are as they are. */
export function encodingNote({ request }: Exchange): XmlOut[] {
  return queryValue(request, 'encoding-type') ? [['EncodingType', 'url']] : [];
}
