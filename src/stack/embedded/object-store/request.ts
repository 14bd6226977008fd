import type { IncomingMessage } from 'node:http';
import { S3Error } from './errors.js';

/** A query parameter, decoded. */
export type QueryPair = readonly [name: string, value: string];

/** A request as the operations see it: names decoded, nothing else interpreted yet. */
export interface S3Request {
  readonly method: string;
  /** Decoded path, always with a leading slash. */
  readonly path: string;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  readonly query: readonly QueryPair[];
  readonly incoming: IncomingMessage;
}

const MAX_KEY_BYTES = 1024;

/** Reads path-style requests, the only style a server on loopback sees. Throws InvalidURI and the like. */
export function readRequest(incoming: IncomingMessage): S3Request {
  const target = incoming.url ?? '';
  if (!target.startsWith('/')) throw new S3Error('InvalidURI');
  const mark = target.indexOf('?');
  const path = decode(mark < 0 ? target : target.slice(0, mark));
  const query = mark < 0 ? [] : readQuery(target.slice(mark + 1));
  const slash = path.indexOf('/', 1);
  const bucket = slash < 0 ? path.slice(1) : path.slice(1, slash);
  const key = slash < 0 ? '' : path.slice(slash + 1);
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) throw new S3Error('KeyTooLongError');
  return {
    method: incoming.method ?? 'GET',
    path,
    bucket: bucket === '' ? undefined : bucket,
    key: key === '' ? undefined : key,
    query,
    incoming,
  };
}

function readQuery(text: string): QueryPair[] {
  return text
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=');
      return equals < 0
        ? [decode(part), '']
        : [decode(part.slice(0, equals)), decode(part.slice(equals + 1))];
    });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error('InvalidURI');
  }
}

/** The value of a query parameter, `''` when it has none, undefined when it is absent. */
export function queryValue(request: S3Request, name: string): string | undefined {
  return request.query.find(([known]) => known === name)?.[1];
}

/** A header's value; a repeated one is joined by commas, as HTTP lets it. */
export function headerValue(request: S3Request, name: string): string | undefined {
  const value = request.incoming.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

/** A whole number from a query parameter within bounds; throws InvalidArgument otherwise. */
export function queryNumber(
  request: S3Request,
  name: string,
  bounds: { min: number; max: number; fallback: number },
): number {
  const text = queryValue(request, name);
  if (text === undefined || text === '') return bounds.fallback;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= bounds.min)) throw new S3Error('InvalidArgument', `${name} is not valid.`);
  return Math.min(value, bounds.max);
}
