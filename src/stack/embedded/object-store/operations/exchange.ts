import type { ServerResponse } from 'node:http';
import type { S3Request } from '../request.js';
import type { Storage } from '../storage/storage.js';
import { type XmlOut, xmlDocument } from '../xml.js';

/** One authenticated request with all an operation needs to answer it. */
export interface Exchange {
  readonly request: S3Request;
  /** Empty for operations on the whole account. */
  readonly bucket: string;
  /** Empty for operations on a bucket. */
  readonly key: string;
  readonly storage: Storage;
  readonly region: string;
  readonly response: ServerResponse;
  readonly now: number;
  /** The checked body; may be called once. */
  payload(): AsyncIterable<Buffer>;
}

/** Answers a request, or throws an S3Error before anything was sent. */
export type Operation = (exchange: Exchange) => Promise<void>;

/** Answers with an XML document. */
export function sendXml(response: ServerResponse, document: XmlOut, status = 200, namespaced = true): void {
  const body = Buffer.from(xmlDocument(document, namespaced));
  response.writeHead(status, { 'content-type': 'application/xml', 'content-length': body.length });
  response.end(body);
}

/** Answers without a body. */
export function sendEmpty(
  response: ServerResponse,
  status: number,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, status === 204 ? headers : { 'content-length': 0, ...headers });
  response.end();
}

/** The form of times in XML answers. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** An ETag as headers and documents have it. */
export function quoted(etag: string): string {
  return `"${etag}"`;
}
