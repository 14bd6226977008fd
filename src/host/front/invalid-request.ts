import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';

/** Control characters, spaces, `#` and anything not ASCII: no client sends them in a request target. */
const NEVER_SENT = /[^\u0021\u0022\u0024-\u007e]/;

/** Characters that servers and clients disagree about in a path. */
const ODD_IN_PATH = /[\\"<>]/;

/** A `.` or `..` segment, also percent-encoded: clients fold them away, so a bare one is an attempt. */
const DOT_SEGMENT = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i;

/** A percent-encoded NUL, and a `%` that starts no escape. */
const BAD_ESCAPE = /%(?:00|(?![0-9a-f]{2}))/i;

/**
 * What is wrong with a request before anything looks at its meaning; undefined when nothing is.
 * Only origin-form targets are taken: an absolute one would let the caller choose where a proxy goes.
 */
export function flawOf(request: Pick<IncomingMessage, 'url' | 'rawHeaders'>): string | undefined {
  const target = request.url ?? '';
  if (!target.startsWith('/') || target.startsWith('//')) return 'the target must be a path on this server';
  const [path = ''] = target.split('?', 1);
  if (NEVER_SENT.test(target) || ODD_IN_PATH.test(path))
    return 'the target holds a character that must be escaped';
  if (DOT_SEGMENT.test(path)) return 'the path holds a dot segment';
  if (BAD_ESCAPE.test(path)) return 'the path holds an escape that is not allowed';
  const hosts = request.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  return hosts.length === 1 ? undefined : 'exactly one Host header is needed';
}

/** Answers 400 to requests that are malformed or written to be misread. */
export function refuseInvalidRequests(): RequestHandler {
  return (req, res, next) => {
    const flaw = flawOf(req);
    if (flaw === undefined) return next();
    res.status(400).json({ error: 'invalid_request', message: flaw });
  };
}
