import type { HandlerResponse, Header } from './shapes.js';

/** Headers as an object, or as a list when one name is to be sent twice. */
export type HeadersInput = Readonly<Record<string, string>> | readonly Header[];

export interface ResponseOptions {
  /** HTTP status; 200 when left out. */
  status?: number;
  headers?: HeadersInput;
}

/** An answer with a JSON body. Throws a `TypeError` for a value that is no JSON (undefined, a function). */
export function jsonResponse(value: unknown, options: ResponseOptions = {}): HandlerResponse {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TypeError('the value of a JSON answer must be a JSON value');
  return withBody(new TextEncoder().encode(text), 'application/json', options);
}

/** An answer with a text. */
export function textResponse(text: string, options: ResponseOptions = {}): HandlerResponse {
  return withBody(new TextEncoder().encode(text), 'text/plain; charset=utf-8', options);
}

/** An answer with bytes of a type of your own. */
export function bytesResponse(
  body: Uint8Array,
  contentType: string,
  options: ResponseOptions = {},
): HandlerResponse {
  return withBody(body, contentType, options);
}

/** An answer without a body; status 204 when left out. */
export function emptyResponse({ status = 204, headers = [] }: ResponseOptions = {}): HandlerResponse {
  return { status, headers: headerList(headers) };
}

/** A refusal: `{ "error": message }`. */
export function errorResponse(status: number, message: string): HandlerResponse {
  return jsonResponse({ error: message }, { status });
}

function withBody(body: Uint8Array, contentType: string, options: ResponseOptions): HandlerResponse {
  const headers = headerList(options.headers ?? []);
  const typed = headers.some(({ name }) => name.toLowerCase() === 'content-type');
  return {
    status: options.status ?? 200,
    headers: typed ? headers : [{ name: 'content-type', value: contentType }, ...headers],
    body,
  };
}

function headerList(headers: HeadersInput): Header[] {
  if (isList(headers)) return headers.map(({ name, value }) => ({ name, value }));
  return Object.entries(headers).map(([name, value]) => ({ name, value }));
}

function isList(headers: HeadersInput): headers is readonly Header[] {
  return Array.isArray(headers);
}
