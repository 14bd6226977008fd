import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** For content that its address names by hash: it can never change. */
export const IMMUTABLE = 'public, max-age=31536000, immutable';

// Whatever a route does not mark as cacheable is an answer about this moment.
const DEFAULTS: OutgoingHttpHeaders = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** Sends a complete answer. Headers given win over the defaults (`no-store`, `nosniff`). */
export function send(
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders = {},
  body?: string | Buffer,
): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const length = bytes === undefined && status === 304 ? {} : { 'content-length': bytes?.length ?? 0 };
  response.writeHead(status, { ...DEFAULTS, ...length, ...headers });
  response.end(bytes);
}

/** Answers with plain text. */
export function sendText(response: ServerResponse, status: number, body: string): void {
  send(response, status, { 'content-type': 'text/plain; charset=utf-8' }, body);
}

/** Answers with a value as JSON. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, status, { 'content-type': 'application/json' }, JSON.stringify(body));
}
