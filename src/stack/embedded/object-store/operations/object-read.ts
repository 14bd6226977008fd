import type { FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { S3Error } from '../errors.js';
import { headerValue, type S3Request } from '../request.js';
import type { ObjectRecord } from '../storage/record.js';
import { objectHeaders } from './attributes.js';
import { readCondition } from './conditions.js';
import type { Exchange } from './exchange.js';
import { readRange } from './range.js';

/** Headers of the answer that a signed query may replace. */
const OVERRIDES = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
] as const;

/** Query names of those overrides. */
export const RESPONSE_OVERRIDES: readonly string[] = OVERRIDES.map((name) => `response-${name}`);

/** `HEAD`: the head of an object. */
export async function headObject(exchange: Exchange): Promise<void> {
  const record = await exchange.storage.objects.find(exchange.bucket, exchange.key);
  if (record === undefined) throw new S3Error('NoSuchKey');
  describe(exchange, record);
  exchange.response.end();
}

/** `GET`: an object, or a range of it. */
export async function getObject(exchange: Exchange): Promise<void> {
  const { record, file } = await exchange.storage.objects.open(exchange.bucket, exchange.key);
  try {
    const range = describe(exchange, record);
    if (range === undefined) exchange.response.end();
    else await send(exchange, file, range);
  } finally {
    await file.close();
  }
}

/** Sends the head of the answer; gives what of the object has to follow it. */
function describe(exchange: Exchange, record: ObjectRecord): { start: number; end: number } | undefined {
  const { request, response } = exchange;
  const headers = { ...objectHeaders(record), ...overrides(request) };
  if (readCondition(request, record) === 'unchanged') {
    response.writeHead(304, headers);
    return undefined;
  }
  const range = readRange(headerValue(request, 'range'), record.size);
  const { start, end } = range ?? { start: 0, end: record.size - 1 };
  response.writeHead(range === undefined ? 200 : 206, {
    ...headers,
    'content-length': end - start + 1,
    ...(range === undefined ? {} : { 'content-range': `bytes ${start}-${end}/${record.size}` }),
  });
  return end < start ? undefined : { start, end };
}

async function send(
  { response }: Exchange,
  file: FileHandle,
  range: { start: number; end: number },
): Promise<void> {
  const bytes = file.createReadStream({ ...range, autoClose: false, highWaterMark: 256 * 1024 });
  try {
    await pipeline(bytes, response);
  } catch {
    // The client went away or the disk failed: with the head sent, breaking off is the only answer.
    response.destroy();
  }
}

function overrides(request: S3Request): Record<string, string> {
  const found = OVERRIDES.flatMap((name) => {
    const value = request.query.find(([known]) => known === `response-${name}`)?.[1];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(found);
}
