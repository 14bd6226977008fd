import { readDocument } from '../body/payload.js';
import { S3Error } from '../errors.js';
import { childText, parseXml, type XmlOut } from '../xml.js';
import { readAttributes } from './attributes.js';
import { writeCondition } from './conditions.js';
import { type Exchange, quoted, sendEmpty, sendXml } from './exchange.js';

/** `PUT`: writes an object, when its conditions allow it. */
export async function putObject(exchange: Exchange): Promise<void> {
  const { storage, request, bucket, key } = exchange;
  const attributes = readAttributes(request);
  const condition = writeCondition(request);
  // Asked before the body as well, so that a refused write does not first travel in full.
  condition(await storage.objects.find(bucket, key));
  const file = await storage.temporary.receive(exchange.payload());
  const write = { bucket, key, file, etag: file.md5, attributes, condition };
  const record = await storage.objects.commit(write, exchange.now);
  sendEmpty(exchange.response, 200, { etag: quoted(record.etag) });
}

/** `DELETE`: removes an object; no error when there is none. */
export async function deleteObject({ storage, bucket, key, response }: Exchange): Promise<void> {
  await storage.objects.remove(bucket, key);
  sendEmpty(response, 204);
}

const MAX_DELETES = 1000;

/** Removes the objects an XML list names; answers with those removed and those that could not be. */
export async function deleteObjects(exchange: Exchange): Promise<void> {
  const { storage, bucket } = exchange;
  await storage.buckets.folder(bucket);
  const document = parseXml(await readDocument(exchange.payload()));
  const entries = document.children.filter((child) => child.name === 'Object');
  if (document.name !== 'Delete' || entries.length === 0 || entries.length > MAX_DELETES) {
    throw new S3Error('MalformedXML');
  }
  const quiet = childText(document, 'Quiet') === 'true';
  const results: XmlOut[] = [];
  for (const entry of entries) {
    const key = childText(entry, 'Key');
    if (key === undefined || key === '') throw new S3Error('MalformedXML');
    await storage.objects.remove(bucket, key);
    if (!quiet) results.push(['Deleted', [['Key', key]]]);
  }
  sendXml(exchange.response, ['DeleteResult', results]);
}
