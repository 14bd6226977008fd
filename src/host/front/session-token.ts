import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';

/** Header in which pages send the session's token. A form or an image tag cannot set one. */
export const TOKEN_HEADER = 'x-alga-token';

/** Compares two secrets in a time that does not tell how much of them agrees. */
export function sameSecret(given: string | undefined, expected: string): boolean {
  if (given === undefined) return false;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** Answers 401 without the session's token, and 415 to a body that is not JSON, which no HTML form can send. */
export function requireSessionToken(token: string): RequestHandler {
  return (req, res, next) => {
    if (!sameSecret(req.get(TOKEN_HEADER), token)) {
      return res
        .status(401)
        .json({ error: 'unauthorized', message: 'Reload the page: alga dev was restarted.' });
    }
    const changes = req.method !== 'GET' && req.method !== 'HEAD';
    const type = req.headers['content-type']?.split(';')[0]?.trim() ?? '';
    if (changes && type !== 'application/json') {
      return res.status(415).json({ error: 'unsupported_media_type' });
    }
    next();
  };
}
